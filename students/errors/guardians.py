"""What can be wrong with reading along and with looking as a student does."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed


class MayNotLinkGuardian(NotAllowed):
    code = "may_not_link_guardian"
    message = _("Only the course office says who reads along with a student, and nobody for oneself.")


class MayNotAgree(NotAllowed):
    code = "may_not_agree"
    message = _("Only the student can agree to this.")


class MayNotTake(NotAllowed):
    code = "may_not_take"
    message = _("This was made for another address. Sign in with that address, or add it to your account.")


class MayNotEndGuardian(NotAllowed):
    code = "may_not_end_guardian"
    message = _("The course office recorded that the student is not asked, and ends this itself.")


class GuardianIsStudent(Conflict):
    code = "guardian_is_student"
    message = _("This is the address of the student.")
    field = "email"


class GuardianAlready(Conflict):
    code = "guardian_already"
    message = _("This address is a guardian of the student already, or was asked to be.")
    field = "email"


class GuardianNotAgreed(Conflict):
    code = "guardian_not_agreed"
    message = _("The student has not agreed yet.")


class GuardianOver(Conflict):
    code = "guardian_over"
    message = _("This is over, or was taken already.")


class MayNotPreview(NotAllowed):
    code = "may_not_preview"
    message = _("Only those who teach this section, and staff, can look at it as a student.")


class PreviewForbids(NotAllowed):
    code = "preview_forbids"
    message = _("Not while you look at a section as a student. Go back to your own view first.")
