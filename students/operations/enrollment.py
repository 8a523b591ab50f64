"""Seats: enroll, ask for a seat or a place in line, drop, withdraw."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.locks import lock, retry_once
from core.rules import Check, Rule
from courses.models import Section
from students.errors import KeyNeeded, MayNotDrop, MayNotEnroll, ReasonMissing
from students.models import Enrollment, StudentProfile, WaitlistEntry, WaitlistEvent
from students.operations.endings import end_seat
from students.operations.history import give_seat
from students.operations.line import lock_section, seat_entry, with_line
from students.operations.waitlist import stand_in_line
from students.policies import can_drop, can_enroll
from students.queries.registration import line_rules, personal_rules, place_of, registration_check


def enroll(
    student: StudentProfile, section: Section, *, by: Any, source: str = Enrollment.Source.SELF, reason: str = ""
) -> Enrollment:
    """Give `student` a seat in `section` and return the Enrollment.

    `by` is the acting User, or None for the system itself. Raises MayNotEnroll, or the error of the first rule that
    fails; twice is AlreadyEnrolled. Locks the student's and the actor's User rows, then the section.
    """
    if by is not None and not can_enroll(by, student, section):
        raise MayNotEnroll()

    def deed() -> Enrollment:
        with transaction.atomic():
            section_now, personal, now = _lock(student, section, by)
            check = registration_check(student, section_now, now, personal=personal)
            if by is None or by.pk != student.user_id:
                # Keys and invitations are asked of those who enroll themselves.
                check = check.without(KeyNeeded.code)
            check.raise_refusal()
            return take_seat(student, section_now, by=by, source=source, now=now, reason=reason)

    return retry_once(deed)


def request_seat(
    student: StudentProfile, section: Section, *, by: Any, source: str = Enrollment.Source.SELF
) -> Enrollment | WaitlistEntry:
    """Give `student` a seat, or a place in line when there is none, and return whichever it is.

    Both are decided under one lock, so nobody falls between. Refusals are those of `enroll`, or of `join_waitlist`
    when only the seats are missing.
    """
    if by is not None and not can_enroll(by, student, section):
        raise MayNotEnroll()

    def deed() -> Enrollment | WaitlistEntry:
        with transaction.atomic():
            section_now, personal, now = _lock(student, section, by)
            place = place_of(student, section_now, now)
            check = registration_check(student, section_now, now, personal=personal, place=place)
            failed = {failure.name for failure in check.failed}
            if not failed or failed - {"section_full", "seats_reserved"}:
                check.raise_refusal()
                return take_seat(student, section_now, by=by, source=source, now=now, reason="")
            Check(line_rules(section_now, place, now)).raise_refusal()
            return stand_in_line(student, section_now, by=by, now=now)

    return retry_once(deed)


def _lock(student: StudentProfile, section: Section, by: Any) -> tuple[Section, list[Rule], datetime]:
    """Lock the people, ask what is theirs alone, then lock the section: the lock many wait for is held briefly."""
    student.user, _by = lock(student.user, by)
    personal = personal_rules(student, section, timezone.now())
    return lock_section(section), personal, timezone.now()


def take_seat(
    student: StudentProfile, section: Section, *, by: Any, source: str, now: datetime, reason: str
) -> Enrollment:
    """Write the seat, by the place in line where there is one. The caller holds the locks and has asked the rules.

    With a permit beyond capacity nobody has to wait, and an offered seat may be taken at any door.
    """
    entry = WaitlistEntry.objects.in_line().filter(student=student, section=section).first()
    if entry is not None:
        entry.swap_enrollment = None  # both classes are kept by whoever enrolls without naming one to give up
        return seat_entry(entry, section, by=by, now=now, reason=reason, kind=_how(entry))
    return give_seat(student, section, by=by, source=source, now=now, reason=reason)


def _how(entry: WaitlistEntry) -> str:
    offered = entry.status == WaitlistEntry.Status.OFFERED
    return WaitlistEvent.Kind.ACCEPTED if offered else WaitlistEvent.Kind.PROMOTED


def drop(enrollment: Enrollment, *, by: Any, reason: str = "") -> Enrollment:
    """End the enrollment as if it had not been and give the seat to the line; return the enrollment.

    Until the drop deadline for students, at any time for staff, who give a reason. NotEnrolled when it is over
    already. Locks the student, the actor and the head of the line, then the section. The row stays.
    """
    return _end(enrollment, Enrollment.Status.DROPPED, by=by, reason=reason)


def withdraw(enrollment: Enrollment, *, by: Any, reason: str = "") -> Enrollment:
    """End the enrollment after the drop deadline; it stays on the record. Otherwise as `drop`."""
    return _end(enrollment, Enrollment.Status.WITHDRAWN, by=by, reason=reason)


def _end(enrollment: Enrollment, status: str, *, by: Any, reason: str) -> Enrollment:
    if by is not None and not can_drop(by, enrollment):
        raise MayNotDrop()
    if by is not None and by.pk != enrollment.student.user_id and not reason.strip():
        raise ReasonMissing()

    def deed(section: Section, now: datetime) -> Enrollment:
        return end_seat(enrollment, status, by=by, reason=reason, now=now)

    return with_line(enrollment.section, [enrollment.student.user, by], deed, by=None, freed=1)
