"""Seats that wait for their payment: held until an instant, then for the next in line.

The payment itself is made elsewhere; these deeds say that it is due and that it came. `cancel_unpaid` ends one early.
"""

from datetime import datetime
from typing import Any

from core.errors import DomainError
from courses.models import Section
from notifications.operations import notify
from students.errors import DueInThePast, MayNotSettle, NotEnrolled, NotUnpaid
from students.models import Enrollment, EnrollmentEvent
from students.operations.history import record
from students.operations.line import with_line
from students.policies import can_settle, is_oneself

Status = Enrollment.Status


def await_payment(enrollment: Enrollment, until: datetime, *, by: Any, reason: str = "") -> Enrollment:
    """Let a seat wait for its payment until an instant, from which on it is free, and return the enrollment.

    Of a seat that waits already the instant is changed. Raises MayNotSettle, DueInThePast, or NotEnrolled when there is
    no seat any more: one that was not paid in time is not held anew. Tells the student. Locks as `drop` does.
    """
    _may(enrollment, by)

    def deed(_section: Section, now: datetime) -> Enrollment | DomainError:
        fresh = _fresh(enrollment)
        if until <= now:
            return DueInThePast()
        if fresh.status not in (Status.REGISTERED, Status.PENDING_PAYMENT):
            return NotEnrolled()
        before, fresh.hold_expires_at = fresh.status, until
        _change(fresh, Status.PENDING_PAYMENT, now)
        event = EnrollmentEvent.objects.create(
            enrollment=fresh, from_status=before, to_status=fresh.status, actor=by, reason=reason[:500], at=now
        )
        notify("payment_due", to=fresh.student.user, about=fresh, key=str(event.pk), facts={"reason": reason[:500]})
        return fresh

    return _under_locks(enrollment, deed, by)


def settle_payment(enrollment: Enrollment, *, by: Any, reason: str = "") -> Enrollment:
    """Write down that the seat is paid and return the enrollment, which holds it from now on like any other.

    Raises MayNotSettle, or NotUnpaid when nothing waits for a payment any more: the seat may be somebody else's by now.
    Tells the student. Locks as `drop` does.
    """
    _may(enrollment, by)

    def deed(_section: Section, now: datetime) -> Enrollment | DomainError:
        fresh = _fresh(enrollment)
        if fresh.status != Status.PENDING_PAYMENT:
            return NotUnpaid()
        fresh.hold_expires_at = None
        _change(fresh, Status.REGISTERED, now)
        record(fresh, Status.PENDING_PAYMENT, by=by, reason=reason, now=now)
        return fresh

    return _under_locks(enrollment, deed, by)


def _may(enrollment: Enrollment, by: Any) -> None:
    if by is not None and (is_oneself(by, enrollment.student) or not can_settle(by)):
        raise MayNotSettle()


def _under_locks(enrollment: Enrollment, deed: Any, by: Any) -> Enrollment:
    """Return what `deed` returns. What has ended by the clock is written down first, and stays so when it refuses."""
    answer = with_line(enrollment.section, [enrollment.student.user, by], deed, by=None, freed=1)
    if isinstance(answer, DomainError):
        raise answer
    return answer


def _fresh(enrollment: Enrollment) -> Enrollment:
    return Enrollment.objects.select_related("student__user", "section__course__subject").get(pk=enrollment.pk)


def _change(enrollment: Enrollment, status: str, now: datetime) -> None:
    enrollment.status, enrollment.status_at = status, now
    enrollment.save(update_fields=["status", "status_at", "hold_expires_at"])
