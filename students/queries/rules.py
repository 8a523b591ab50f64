"""What a rule of registration is called, who lifts it, and with which kind of permission."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.rules import Rule
from core.rules import rule as core_rule
from students import errors
from students.querysets import LIFTED_BY_INSTRUCTORS

TITLES = {
    errors.AccountInactive.code: gettext_lazy("Account"),
    errors.SectionNotOpen.code: gettext_lazy("State of the section"),
    errors.EnrollmentClosed.code: gettext_lazy("Registration dates"),
    errors.AlreadyEnrolled.code: gettext_lazy("Not enrolled yet"),
    errors.OnHold.code: gettext_lazy("Holds"),
    errors.WindowClosed.code: gettext_lazy("Own registration window"),
    errors.Restricted.code: gettext_lazy("Who may take it"),
    errors.PrerequisitesMissing.code: gettext_lazy("Prerequisites"),
    errors.NotWith.code: gettext_lazy("Courses that exclude this one"),
    errors.TakenAlready.code: gettext_lazy("Repeating"),
    errors.InCourseAlready.code: gettext_lazy("One section of a course"),
    errors.ApprovalNeeded.code: gettext_lazy("Approval"),
    errors.KeyNeeded.code: gettext_lazy("Key, invitation or address"),
    errors.CreditsOver.code: gettext_lazy("Credits"),
    errors.LinkedMissing.code: gettext_lazy("Sections that belong together"),
    errors.TimeConflict.code: gettext_lazy("Time"),
    errors.AlreadyWaiting.code: gettext_lazy("Not in line yet"),
    errors.SectionFull.code: gettext_lazy("Free seat"),
    errors.SeatsReserved.code: gettext_lazy("Reserved seats"),
    errors.LineOff.code: gettext_lazy("Waitlist"),
    errors.LineClosed.code: gettext_lazy("End of the waitlist"),
    errors.LineFull.code: gettext_lazy("Free place in line"),
    errors.SeatsFree.code: gettext_lazy("No free seat"),
}


def rule(passed: bool, error: DomainError, lifted_with: str | None = None, *, lifted_by: str | None = None) -> Rule:
    """Return a rule of registration with its title, the kind of permission that lifts it and who gives that."""
    who = lifted_by
    if lifted_with is not None:
        by_instructor = lifted_with in LIFTED_BY_INSTRUCTORS
        who = _("the instructor or the registrar") if by_instructor else _("the registrar")
    return core_rule(passed, error, who, title=str(TITLES.get(error.code, "")), lifted_with=lifted_with)
