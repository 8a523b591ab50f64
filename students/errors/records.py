"""Who may not see or change what is on record, and what cannot be changed any more."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed
from students.errors.wording import said


class MayNotSeeRoster(NotAllowed):
    code = "may_not_see_roster"
    message = _("The roster is for those who teach this section and for staff.")


class MayNotSeeHistory(NotAllowed):
    code = "may_not_see_history"
    message = _("The history is for the student, the instructors of the section and staff.")


class MayNotSeeGrades(NotAllowed):
    code = "may_not_see_grades"
    message = _("You may not see these grades.")


class ClassPagesClosed(NotAllowed):
    """Who may have a seat is another window than when the class is open inside (C05)."""

    code = "class_pages_closed"
    message = _("The pages of this class are not open now.")


def pages_closed(section: Any, now: datetime) -> ClassPagesClosed | None:
    """Return what students of the class are told while its pages are closed to them, None while they are open."""
    starts, ends = section.access_starts_at, section.access_ends_at
    if starts and now < starts:
        opens = _("The pages of this class open on %(when)s.")
        return ClassPagesClosed(opens, when=said(starts), opens_at=starts.isoformat())
    if ends and now >= ends:
        closed = _("The pages of this class closed on %(when)s. Final grades stay on the progress page.")
        return ClassPagesClosed(closed, when=said(ends), closed_at=ends.isoformat())
    return None


class MayNotGrade(NotAllowed):
    code = "may_not_grade"
    message = _("Scores are entered by the instructors and graders of the section.")


class MayNotManageGrades(NotAllowed):
    code = "may_not_manage_grades"
    message = _("This is for the instructors of the section.")


class MayNotEditProfile(NotAllowed):
    code = "may_not_edit_profile"
    message = _("You may not change this student's profile.")


class NumberTaken(Conflict):
    code = "number_taken"
    message = _("Another student has the number %(number)s.")
    field = "institutional_id"


class GradesFinal(Conflict):
    code = "grades_final"
    message = _("All final grades of this section are posted; its graded work stays as it is.")


class ItemHasScores(Conflict):
    code = "item_has_scores"
    message = _("%(title)s has scores and stays; set its weight to 0 if it should not count.")


class PointsBelowScores(Conflict):
    code = "points_below_scores"
    message = _("A student has %(highest)s points in this item already.")
    field = "points"


class MarksRefused(Conflict):
    """Cells of a sheet that were not accepted; `cells` names each with its reason, and nothing was saved."""

    code = "marks_refused"
    message = _("Nothing was saved: %(count)s entries were not accepted.")

    def __init__(self, cells: list[dict[str, Any]]) -> None:
        super().__init__(count=len(cells), cells=cells)


class NothingToPost(Conflict):
    code = "nothing_to_post"
    message = _("There is no final grade to post: enter and save them first.")


class MayNotSeeClassmates(NotAllowed):
    code = "may_not_see_classmates"
    message = _("The names of a class are for its students.")
