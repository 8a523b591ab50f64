"""Book, move and cancel. People are locked first, then sessions; all rules are asked after that."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments import errors
from appointments.models import Appointment, AppointmentEvent, AppointmentType, Session
from appointments.policies import can_book, can_cancel, can_move, is_party
from appointments.queries.booking import acts_for_host, booking_check, cancel_check, move_check, session_at, stands
from core.locks import lock
from notifications.operations import notify
from scheduling.operations import ClaimRequest, place, release

REMIND_BEFORE = timedelta(hours=24)
ACCOUNT_CLOSED = _("The account of the other side is closed.")


@transaction.atomic
def book(
    type: AppointmentType,
    student: Any,
    starts_at: datetime,
    *,
    by: Any,
    topic: str = "",
    despite_class: bool = False,
) -> Appointment:
    """Book `starts_at` of this type for `student` and return the Appointment.

    `by` is the acting User, None the system. `despite_class` books during the student's own class where the type allows
    it; that is recorded. Raises MayNotBook, or the error of the first rule of `booking_check` that fails; the same time
    twice is AlreadyBooked. Where the host confirms each one, a student's booking is a request that waits for it.
    Locks student and host, then the session when there is one. Both sides get a message.
    """
    if by is not None and not can_book(by, type, student):
        raise errors.MayNotBook()
    now = timezone.now()
    host, student = lock(type.host, student)
    type = _fresh(type)
    lapse(host, student, now)
    (session,) = lock(session_at(type, starts_at, now=now))
    check = booking_check(type, student, starts_at, by=by, now=now, despite_class=despite_class)
    check.raise_refusal()
    until = answer_by(type, starts_at, now) if type.needs_confirmation and not acts_for_host(by, host) else None
    session = session or _open_session(type, starts_at, until)
    appointment = Appointment(session=session, student=student, topic=topic.strip(), booked_by=by, booked_at=now)
    if until is not None:
        appointment.status, appointment.hold_expires_at = Appointment.Status.PENDING, until
    appointment.claim_id = _claim_student(student, session, until)
    appointment.full_clean(exclude=["session", "student", "claim", "booked_by"])
    appointment.save()
    note = "despite_class" if _in_class(check, despite_class) else ""
    record(appointment, "booked" if until is None else "requested", by=by, reason=note)
    if until is None:
        tell("appointment_booked", appointment, by=by)
        remind(appointment)
    else:
        tell("appointment_requested", appointment, by=None)
    return appointment


def answer_by(type: AppointmentType, starts_at: datetime, now: datetime) -> datetime:
    """Return until when the host can answer a request made now: the hours of the type, not beyond the start."""
    return min(now + timedelta(hours=type.answer_hours), starts_at)


@transaction.atomic
def move(
    appointment: Appointment, starts_at: datetime, *, by: Any, despite_class: bool = False, reason: str = ""
) -> Appointment:
    """Move an appointment to another time of its type and return it, with the same id and calendar UID.

    Who is neither of the two parties gives a reason, which both are told. Raises MayNotMove, ReasonNeeded,
    TooLateToMove (the cut-offs of the old time), SameTime, or what `booking_check` refuses; then the old time is kept.
    Locks student and host, then both sessions.
    """
    if by is not None and not can_move(by, appointment):
        raise errors.MayNotMove()
    now, reason = timezone.now(), reason.strip()[:500]
    if by is not None and not is_party(by, appointment) and not reason:
        raise errors.ReasonNeeded()
    host, student = lock(appointment.session.host, appointment.student)
    appointment = _fresh_appointment(appointment)
    type, old = appointment.session.type, appointment.session
    lapse(host, student, now)
    _old, session = lock(old, session_at(type, starts_at, now=now))
    move_check(appointment, by=by, now=now).raise_refusal()
    if starts_at == old.starts_at:
        raise errors.SameTime()
    check = booking_check(type, student, starts_at, by=by, now=now, moving=appointment, despite_class=despite_class)
    check.raise_refusal()
    leave(appointment)
    session = session or _open_session(type, starts_at)
    appointment.moved_from = old
    appointment.session = session
    appointment.claim_id = _claim_student(student, session)
    appointment.ical_sequence += 1
    appointment.save(update_fields=["moved_from", "session", "claim", "ical_sequence"])
    record(appointment, "moved", by=by, reason=reason or ("despite_class" if _in_class(check, despite_class) else ""))
    tell("appointment_moved", appointment, by=by, old_starts_at=old.starts_at.isoformat(), reason=reason)
    remind(appointment)
    return appointment


@transaction.atomic
def cancel(appointment: Appointment, *, by: Any, reason: str = "") -> Appointment:
    """Cancel an appointment, tell the other side why, and return it.

    The student is bound by the cut-off; whoever else cancels gives a reason. Raises MayNotCancel, NotStanding (twice),
    TooLateToCancel or ReasonNeeded. Locks student and host, then the session, whose time is free again when nobody else
    is in it.
    """
    if by is not None and not can_cancel(by, appointment):
        raise errors.MayNotCancel()
    reason = reason.strip()[:500]
    appointment = locked(appointment)
    cancel_check(appointment, by=by, now=timezone.now()).raise_refusal()
    own = by is not None and by.pk == appointment.student_id
    if not own and not reason:
        raise errors.ReasonNeeded()
    status = Appointment.Status
    return _end(appointment, status.CANCELLED_BY_STUDENT if own else status.CANCELLED_BY_HOST, by=by, reason=reason)


@transaction.atomic
def cancel_for_departed(appointment: Appointment, user: Any) -> Appointment:
    """Cancel an appointment of which `user` is a party, because that account is closed. NotStanding when it is over.

    The other side is told; no cut-off binds. Locks as `cancel` does.
    """
    appointment = locked(appointment)
    if not stands(appointment, timezone.now()):
        raise errors.NotStanding()
    own = user.pk == appointment.student_id
    status = Appointment.Status.CANCELLED_BY_STUDENT if own else Appointment.Status.CANCELLED_BY_HOST
    return _end(appointment, status, by=None, reason=str(ACCOUNT_CLOSED))


def locked(appointment: Appointment) -> Appointment:
    """Lock both parties, then the session, and return a fresh appointment."""
    lock(appointment.session.host, appointment.student)
    appointment = _fresh_appointment(appointment)
    lock(appointment.session)
    return appointment


def _end(appointment: Appointment, status: Any, *, by: Any, reason: str) -> Appointment:
    leave(appointment)
    appointment.status = status
    appointment.cancel_reason, appointment.cancelled_at = reason, timezone.now()
    appointment.ical_sequence += 1
    appointment.save(update_fields=["status", "cancel_reason", "cancelled_at", "ical_sequence", "claim"])
    record(appointment, "cancelled", by=by, reason=reason)
    tell("appointment_cancelled", appointment, by=by, reason=reason)
    return appointment


def _fresh(type: AppointmentType) -> AppointmentType:
    """Read the type again: its rules may have changed before its host was locked."""
    return AppointmentType.objects.select_related("host", "schedule").get(pk=type.pk)


def _fresh_appointment(appointment: Appointment) -> Appointment:
    related = ("student", "session__host", "session__type__host", "session__type__schedule")
    return Appointment.objects.select_related(*related).get(pk=appointment.pk)


def _open_session(type: AppointmentType, starts_at: datetime, until: datetime | None = None) -> Session:
    ends_at = starts_at + timedelta(minutes=type.duration_minutes)
    session = Session(
        type=type,
        host=type.host,
        starts_at=starts_at,
        ends_at=ends_at,
        block_starts_at=starts_at - timedelta(minutes=type.buffer_before_minutes),
        block_ends_at=ends_at + timedelta(minutes=type.buffer_after_minutes),
        seats=type.seats,
        location=type.location,
    )
    request = ClaimRequest(
        person_id=type.host_id,
        starts_at=session.block_starts_at,
        ends_at=session.block_ends_at,
        source="appointment",
        expires_at=until,
    )
    (session.host_claim_id,) = place([request])
    if session.host_claim_id is None:
        raise errors.SlotTaken()
    session.save()
    return session


def _claim_student(student: Any, session: Session, until: datetime | None = None) -> int:
    request = ClaimRequest(
        person_id=student.pk,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        source="appointment",
        expires_at=until,
    )
    (claim,) = place([request])
    if claim is None:
        raise errors.StudentBusy()
    return claim


def leave(appointment: Appointment) -> None:
    """Free the student's time, and the host's when nobody else is in the session."""
    session = appointment.session
    claims = [appointment.claim_id]
    appointment.claim = None
    others = session.appointments.filter(status__in=["held", "pending", "confirmed"]).exclude(pk=appointment.pk)
    if not others.exists():
        claims.append(session.host_claim_id)
        session.status, session.host_claim = Session.Status.CANCELLED, None
        session.save(update_fields=["status", "host_claim"])
    release([claim for claim in claims if claim is not None])


def lapse(host: Any, student: Any, now: datetime) -> None:
    """End the holds and requests of these two people that have run out; no job needs to come first."""
    due = Appointment.objects.lapsed(now)
    for held in due.filter(session__host=host) | due.filter(student=student):
        held, was_pending = _fresh_appointment(held), held.status == Appointment.Status.PENDING
        if not Appointment.objects.lapsed(now).filter(pk=held.pk).update(status=Appointment.Status.EXPIRED):
            continue
        held.status = Appointment.Status.EXPIRED
        leave(held)
        held.save(update_fields=["claim"])
        record(held, "expired", by=None)
        if was_pending:
            tell("appointment_unanswered", held, by=None)


def _in_class(check: Any, despite_class: bool) -> bool:
    return despite_class and any(
        rule.name == "class_conflict" and rule.error.facts.get("title") for rule in check.rules
    )


def record(appointment: Appointment, kind: str, *, by: Any, reason: str = "") -> None:
    AppointmentEvent.objects.create(
        appointment=appointment, kind=kind, actor=by, reason=reason[:500], starts_at=appointment.session.starts_at
    )


def tell(kind: str, appointment: Appointment, *, by: Any, **facts: Any) -> None:
    facts |= {"sequence": appointment.ical_sequence}
    if by is not None:
        facts |= {"by": by.display_name, "by_id": by.pk}
    for person in (appointment.student, appointment.session.host):
        notify(kind, to=person, about=appointment, key=str(appointment.ical_sequence), facts=facts)


def remind(appointment: Appointment) -> None:
    """Leave the reminders for a day before; they carry the sequence, so those of an earlier time are void."""
    at = appointment.session.starts_at - REMIND_BEFORE
    if at <= timezone.now():
        return
    facts = {"sequence": appointment.ical_sequence}
    for person in (appointment.student, appointment.session.host):
        key = str(appointment.ical_sequence)
        notify("appointment_reminder", to=person, about=appointment, key=key, facts=facts, not_before=at)
