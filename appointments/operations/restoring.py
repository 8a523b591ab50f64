"""Take back that an appointment was cancelled."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from appointments import errors
from appointments.models import Appointment
from appointments.operations import bookings
from appointments.policies import can_restore
from appointments.queries.booking import booking_check, session_at
from core.locks import lock


@transaction.atomic
def restore(appointment: Appointment, *, by: Any) -> Appointment:
    """Let a cancelled appointment stand again at its time, with the same id and calendar UID, and tell both sides.

    Raises MayNotRestore for all but the host and staff, NotCancelled, and the error of the first rule of
    `booking_check` that fails: both have to be free still. Locks student and host, then the session.
    """
    if by is not None and not can_restore(by, appointment):
        raise errors.MayNotRestore()
    now = timezone.now()
    host, student = lock(appointment.session.host, appointment.student)
    appointment = bookings._fresh_appointment(appointment)
    if not appointment.is_cancelled:
        raise errors.NotCancelled()
    type, starts_at = appointment.session.type, appointment.session.starts_at
    bookings.lapse(host, student, now)
    (session,) = lock(session_at(type, starts_at, now=now))
    booking_check(type, student, starts_at, by=by, now=now).raise_refusal()
    session = session or bookings._open_session(type, starts_at)
    appointment.session = session
    appointment.claim_id = bookings._claim_student(student, session)
    appointment.status = Appointment.Status.CONFIRMED
    appointment.cancel_reason, appointment.cancelled_at = "", None
    appointment.ical_sequence += 1
    appointment.save(
        update_fields=["session", "claim", "status", "cancel_reason", "cancelled_at", "ical_sequence"],
    )
    bookings.record(appointment, "booked", by=by, reason="restored")
    bookings.tell("appointment_booked", appointment, by=by)
    bookings.remind(appointment)
    return appointment
