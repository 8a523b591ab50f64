"""Requests that wait for the host: approve, decline, and what happens without an answer."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from appointments import errors
from appointments.models import Appointment
from appointments.operations.bookings import lapse, leave, locked, record, remind, tell
from appointments.policies import can_answer
from appointments.queries.booking import answer_check
from core.errors import DomainError
from core.locks import lock
from notifications.operations import notify
from scheduling.operations.claims import keep

Status = Appointment.Status


@transaction.atomic
def approve(appointment: Appointment, *, by: Any) -> Appointment:
    """Say yes to a request and return the appointment, which is booked now.

    Whether both sides are free is asked again. Raises MayNotAnswer, NotPending (answered, or too late), or the error of
    the first rule that fails. Locks student and host, then the session. Both sides get the invitation.
    """
    appointment = _asked(appointment, by)
    answer_check(appointment, by=by, now=timezone.now()).raise_refusal()
    _answer(appointment, status=Status.CONFIRMED, hold_expires_at=None)
    keep([appointment.claim_id, appointment.session.host_claim_id])
    record(appointment, "approved", by=by)
    tell("appointment_booked", appointment, by=by)
    remind(appointment)
    return appointment


@transaction.atomic
def decline(appointment: Appointment, *, by: Any, reason: str) -> Appointment:
    """Say no to a request, for a reason that the student reads, and return the appointment; its time is free again.

    Raises MayNotAnswer, ReasonNeeded, or NotPending. Locks student and host, then the session.
    """
    reason = reason.strip()[:500]
    appointment = _asked(appointment, by)
    if not reason:
        raise errors.ReasonNeeded()
    _answer(appointment, status=Status.DECLINED, cancel_reason=reason, cancelled_at=timezone.now())
    leave(appointment)
    appointment.save(update_fields=["claim"])
    record(appointment, "declined", by=by, reason=reason)
    notify("appointment_declined", to=appointment.student, about=appointment, facts={"reason": reason})
    return appointment


def lapse_due() -> int:
    """End the requests that were not answered in time, tell both sides, and return how many there were.

    Their time is free without this. Each is a deed of its own; one that is busy is left to the next run.
    """
    done = 0
    for appointment in Appointment.objects.lapsed(timezone.now()).select_related("student", "session__host"):
        try:
            _end(appointment)
        except DomainError:
            continue
        done += 1
    return done


@transaction.atomic
def _end(appointment: Appointment) -> None:
    host, student = lock(appointment.session.host, appointment.student)
    lapse(host, student, timezone.now())


def _asked(appointment: Appointment, by: Any) -> Appointment:
    if by is not None and not can_answer(by, appointment):
        raise errors.MayNotAnswer()
    return locked(appointment)


def _answer(appointment: Appointment, **fields: Any) -> None:
    """Write the answer where none is written yet: of two at once the second finds no request any more."""
    if not Appointment.objects.pending(timezone.now()).filter(pk=appointment.pk).update(**fields):
        raise errors.NotPending()
    for name, value in fields.items():
        setattr(appointment, name, value)
