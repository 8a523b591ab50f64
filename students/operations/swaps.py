"""One class for another: both change in one transaction, or neither does."""

from datetime import datetime
from typing import Any

from courses.models import Section
from students.errors import MayNotDrop, MayNotEnroll, NotEnrolled, ReasonMissing, SwapNotOwn, SwapSame
from students.models import Enrollment, StudentProfile, WaitlistEntry, WaitlistEvent
from students.operations.endings import as_if_given_up, give_up, may_give_up, swapped
from students.operations.history import give_seat
from students.operations.line import seat_entry, with_line
from students.policies import can_drop, can_drop_late, can_enroll
from students.queries.registration import registration_check


def swap(
    enrollment: Enrollment, section: Section, *, by: Any, source: str = Enrollment.Source.SELF, reason: str = ""
) -> Enrollment:
    """Give up a class for a free seat in `section` and return the new Enrollment; without the seat nothing changes.

    The rules are asked as if the class were given up already. Raises MayNotEnroll, MayNotDrop, ReasonMissing for
    staff, SwapSame, SwapNotOwn, NotEnrolled, or the error of the first rule that fails. Locks the student, the actor
    and the head of the line that gets the seat, then both sections by primary key. Waiting for a seat is
    `join_waitlist` with `swap`.
    """
    student = enrollment.student
    if by is not None and not can_enroll(by, student, section):
        raise MayNotEnroll()
    may_swap(enrollment, student, section, by=by)
    if by is not None and by.pk != student.user_id and not reason.strip():
        raise ReasonMissing()

    def deed(target: Section, now: datetime) -> Enrollment:
        left = still_live(enrollment)
        as_if_given_up(left, lambda: registration_check(student, target, now)).raise_refusal()
        give_up(left, target, by=by, now=now)
        place = WaitlistEntry.objects.in_line().filter(student=student, section=target)
        if entry := place.select_related("student__user").first():
            return seat_entry(entry, target, by=by, now=now, reason=reason, kind=WaitlistEvent.Kind.ACCEPTED)
        return give_seat(student, target, by=by, source=source, now=now, reason=reason)

    return with_line(section, [student.user, by], deed, by=None, also=[enrollment.section])


def may_swap(enrollment: Enrollment, student: StudentProfile, section: Section, *, by: Any) -> None:
    """Raise why this class cannot be given up for a seat in `section`, as far as it shows without locks."""
    if enrollment.student_id != student.pk:
        raise SwapNotOwn()
    if by is not None and not can_drop(by, enrollment):
        raise MayNotDrop()
    if enrollment.section_id == section.pk:
        raise SwapSame()


def still_live(enrollment: Enrollment) -> Enrollment:
    """Return the enrollment fresh; NotEnrolled when it has ended. Its section is locked."""
    found = Enrollment.objects.live().select_related("student", "section__term").filter(pk=enrollment.pk).first()
    if found is None:
        raise NotEnrolled()
    return found


def ask_again(entry: WaitlistEntry, section: Section, now: datetime, *, by: Any) -> None:
    """Raise the error of the first rule that keeps this place in line from its seat; what it gives up counts as gone.

    Staff may give up a class for a student after its deadline.
    """
    left = swapped(entry)
    if (
        left is not None
        and (by is None or not can_drop_late(by, entry.student))
        and (refusal := may_give_up(left, now))
    ):
        raise refusal
    as_if_given_up(left, lambda: registration_check(entry.student, section, now, in_line=True)).raise_refusal()
