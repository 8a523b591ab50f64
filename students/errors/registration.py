"""What stands between a student and a seat, and on the way out of it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed


class MayNotEnroll(NotAllowed):
    code = "may_not_enroll"
    message = _("You may not enroll this student.")


class MayNotDrop(NotAllowed):
    code = "may_not_drop"
    message = _("You may not drop this class for this student.")


class NotAStudent(NotAllowed):
    code = "not_a_student"
    message = _("This person is not a student.")


class AccountInactive(Conflict):
    code = "account_inactive"
    message = _("The account of this student is closed.")


class EnrollmentClosed(Conflict):
    code = "enrollment_closed"
    message = _("Registration is closed.")


class SectionNotOpen(Conflict):
    code = "section_not_open"
    message = _("This section is not open for enrollment.")
    field = "section"


class AlreadyEnrolled(Conflict):
    code = "already_enrolled"
    message = _("You are enrolled in this section already.")
    field = "section"


class SectionFull(Conflict):
    code = "section_full"
    message = _("All %(capacity)s seats are taken; %(waiting)s in line.")
    field = "section"


class PrerequisitesMissing(Conflict):
    code = "prerequisites_missing"
    message = _("You need %(missing)s.")
    field = "section"


class NotWith(Conflict):
    code = "not_with"
    message = _("This cannot be taken together with or after %(courses)s.")
    field = "section"


class TimeConflict(Conflict):
    code = "time_conflict"
    message = _("This meets at the same time as %(other)s (%(when)s).")
    field = "section"


class OnHold(Conflict):
    code = "on_hold"
    message = _("%(office)s has put a hold on you (%(cause)s). Settle it there.")


class WindowClosed(Conflict):
    code = "window_closed"
    message = _("Your own registration window is not open.")


class Restricted(Conflict):
    code = "restricted"
    message = _("This is for: %(audience)s.")
    field = "section"


class TakenAlready(Conflict):
    code = "taken_already"
    message = _("You have completed this course; it may be taken %(limit)s times.")
    field = "section"


class InCourseAlready(Conflict):
    code = "in_course_already"
    message = _("You are in %(other)s, a section of the same course.")
    field = "section"


class ApprovalNeeded(Conflict):
    code = "approval_needed"
    message = _("The instructor approves each student before a seat is given.")
    field = "section"


class CreditsOver(Conflict):
    code = "credits_over"
    message = _("With this class you would have %(credits)s credits; your limit is %(limit)s.")
    field = "section"


class LinkedMissing(Conflict):
    code = "linked_missing"
    message = _("This is taken together with %(sections)s.")
    field = "section"


class SeatsReserved(Conflict):
    code = "seats_reserved"
    message = _("The free seats are reserved: %(reserved)s.")
    field = "section"


class NothingChosen(Conflict):
    code = "nothing_chosen"
    message = _("Choose at least one section.")


class SetRefused(Conflict):
    """Sections of one act that refuse; `sections` says of each what stands in the way, and nothing was changed."""

    code = "set_refused"
    message = _("Nothing was changed: %(reasons)s")

    def __init__(self, sections: list[dict[str, Any]]) -> None:
        reasons = " ".join(f"{part['name']}: {part['detail']}" for part in sections)
        super().__init__(reasons=reasons, sections=sections)


class NotEnrolled(Conflict):
    code = "not_enrolled"
    message = _("This enrollment is over already.")


class DropDeadlinePassed(Conflict):
    code = "drop_deadline_passed"
    message = _("The last moment to drop was %(when)s.")


class WithdrawDeadlinePassed(Conflict):
    code = "withdraw_deadline_passed"
    message = _("The last moment to withdraw was %(when)s.")


class ReasonMissing(Conflict):
    code = "reason_missing"
    message = _("Give a reason.")
    field = "reason"
