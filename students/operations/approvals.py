"""Sections where somebody approves each student: the request holds no seat, the approval counts again."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.locks import lock, retry_once
from courses.models import Section, SectionInstructor
from notifications.operations import notify
from students.errors import ApprovalNotNeeded, ApprovalOver, MayNotApprove, MayNotEnroll, ReasonMissing
from students.models import Enrollment, EnrollmentEvent, RuleKind, StudentProfile
from students.operations.history import REVIVED, record, use_overrides
from students.operations.line import lock_section
from students.policies import can_approve, can_enroll, is_oneself
from students.queries.registration import Place, place_of, registration_check

PENDING = Enrollment.Status.PENDING_APPROVAL


def request_approval(
    student: StudentProfile,
    section: Section,
    *,
    by: Any,
    message: str = "",
    source: str = Enrollment.Source.SELF,
) -> Enrollment:
    """Ask for a seat that somebody approves, and return the enrollment that waits; it holds no seat.

    Raises MayNotEnroll, ApprovalNotNeeded, or the error of the first other rule that fails. Tells the instructor of
    record where instructors approve. Locks the student and the actor, then the section.
    """
    if by is not None and not can_enroll(by, student, section):
        raise MayNotEnroll()

    def deed() -> Enrollment:
        with transaction.atomic():
            student.user, _by = lock(student.user, by)
            section_now, now = lock_section(section), timezone.now()
            place = place_of(student, section_now, now)
            if section_now.approval == Section.Approval.NONE or RuleKind.CONSENT in place.marks:
                raise ApprovalNotNeeded()
            _check(student, section_now, now, place).raise_refusal()
            return _wait(student, section_now, by=by, source=source, message=message, now=now)

    return retry_once(deed)


def _check(student: StudentProfile, section: Section, now: datetime, place: Place) -> Any:
    """Return every rule but the approval, which is what is asked for."""
    return registration_check(student, section, now, place=replace(place, marks=place.marks | {RuleKind.CONSENT}))


def _wait(
    student: StudentProfile, section: Section, *, by: Any, source: str, message: str, now: datetime
) -> Enrollment:
    old = Enrollment.objects.filter(student=student, section=section, status__in=REVIVED).order_by("-pk").first()
    enrollment = old or Enrollment(student=student, section=section)
    before = enrollment.status if old else ""
    enrollment.status, enrollment.source, enrollment.credit_hours = PENDING, source, section.credits
    enrollment.enrolled_at = enrollment.status_at = now
    enrollment.save()
    _event(enrollment, before, by=by, reason=message, now=now)
    if section.approval == Section.Approval.INSTRUCTOR:
        rows = SectionInstructor.objects.filter(section=section, is_primary=True).select_related("instructor")
        for row in rows:
            notify("approval_requested", to=row.instructor, about=enrollment, facts={"message": message[:500]})
    return enrollment


def _event(enrollment: Enrollment, before: str, *, by: Any, reason: str, now: datetime) -> EnrollmentEvent:
    return EnrollmentEvent.objects.create(
        enrollment=enrollment,
        from_status=before,
        to_status=enrollment.status,
        actor=by,
        reason=reason[:500],
        at=now,
    )


def approve(enrollment: Enrollment, *, by: Any, reason: str = "") -> Enrollment:
    """Give the seat that was asked for and return the enrollment; every other rule is asked again.

    Raises MayNotApprove, ApprovalOver when nothing waits any more, or the error of the first rule that fails. Locks the
    student and the actor, then the section.
    """
    if by is not None and (is_oneself(by, enrollment.student) or not can_approve(by, enrollment.section)):
        raise MayNotApprove()

    def deed() -> Enrollment:
        with transaction.atomic():
            fresh, section, now = _locked(enrollment, by)
            place = replace(place_of(fresh.student, section, now), is_enrolled=False)
            _check(fresh.student, section, now, place).raise_refusal()
            fresh.status, fresh.status_at, fresh.enrolled_at = Enrollment.Status.REGISTERED, now, now
            fresh.save(update_fields=["status", "status_at", "enrolled_at"])
            record(fresh, PENDING, by=by, reason=reason, now=now)
            use_overrides(fresh.student, section, now)
            return fresh

    return retry_once(deed)


def decline_approval(enrollment: Enrollment, *, by: Any, reason: str) -> Enrollment:
    """Refuse the seat that was asked for, for a reason that the student is told. ReasonMissing; else as `approve`."""
    if by is not None and (is_oneself(by, enrollment.student) or not can_approve(by, enrollment.section)):
        raise MayNotApprove()
    if not reason.strip():
        raise ReasonMissing()

    def deed() -> Enrollment:
        with transaction.atomic():
            fresh, _section, now = _locked(enrollment, by)
            fresh.status, fresh.status_at = Enrollment.Status.CANCELLED, now
            fresh.save(update_fields=["status", "status_at"])
            event = _event(fresh, PENDING, by=by, reason=reason, now=now)
            facts = {"reason": reason[:500]}
            notify("approval_declined", to=fresh.student.user, about=fresh, key=str(event.pk), facts=facts)
            return fresh

    return retry_once(deed)


def _locked(enrollment: Enrollment, by: Any) -> tuple[Enrollment, Section, datetime]:
    lock(enrollment.student.user, by)
    section = lock_section(enrollment.section)
    fresh = Enrollment.objects.select_related("student__user").get(pk=enrollment.pk)
    if fresh.status != PENDING:
        raise ApprovalOver(status=fresh.get_status_display())
    fresh.section = section
    return fresh, section, timezone.now()
