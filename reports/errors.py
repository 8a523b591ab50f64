"""What the reports refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed


class MayNotSeeFigures(NotAllowed):
    code = "may_not_see_figures"
    message = _("These figures are for staff and for those who teach.")


class MayNotExportRoster(NotAllowed):
    code = "may_not_export_roster"
    message = _("The roster as a file is for the instructors of this section and for staff.")


class MayNotExportGrades(NotAllowed):
    code = "may_not_export_grades"
    message = _("The grade sheet as a file is for the instructors of this section and for the registrar.")


class MayNotExportStudents(NotAllowed):
    code = "may_not_export_students"
    message = _("The list of all students is for staff.")
