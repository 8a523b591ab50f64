"""Every rule between a student and an appointment."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.querysets import advisees_of
from appointments import errors
from appointments.models import Appointment, AppointmentType, Session
from appointments.queries.slots import bookable_span, is_class, own_time, starts, windows_on
from core.recurrence import end_of_day, start_of_day
from core.rules import Check, Rule, rule
from courses.models import Section, Term
from scheduling.models import Closure
from scheduling.queries.busy import busy_times
from students.models import Enrollment


def acts_for_host(user: Any, host: Any) -> bool:
    """Is `user` the host, staff, or None for the system: these may act inside the notice period."""
    return user is None or user.pk == host.pk or user.has_perm("appointments.cancel_any_appointment")


def offer_check(type: AppointmentType, student: Any, *, now: datetime, moving: Appointment | None = None) -> Check:
    """Return the rules that hold for any time of the type: offered, audience, limits of the student."""
    return Check(_offer_rules(type, student, now, moving, at=now))


def booking_check(
    type: AppointmentType,
    student: Any,
    starts_at: datetime,
    *,
    by: Any,
    now: datetime,
    moving: Appointment | None = None,
    despite_class: bool = False,
) -> Check:
    """Return every rule between `student` and this time: passed or not, why, and who can lift it.

    In the order a person would want to hear them; `book` and `move` raise from it. `by` is who acts, None the system:
    the host and staff are not bound by the notice. `moving` is an appointment that would be given up, so its time
    counts as free. `despite_class` lifts a clash with a class where the type allows it and the student acts.
    """
    session = session_at(type, starts_at, now=now)
    insists = despite_class and type.allow_class_conflict and (by is None or by.pk == student.pk)
    return Check(
        [
            *_offer_rules(type, student, now, moving, at=starts_at),
            *_time_rules(type, student, starts_at, session, by=by, now=now),
            *_taken_rules(type, student, starts_at, session, by=by, moving=moving, insists=insists),
        ]
    )


def _offer_rules(
    type: AppointmentType, student: Any, now: datetime, moving: Appointment | None, *, at: datetime
) -> list[Rule]:
    open_count, total = _counts(type, student, now, moving, at)
    most_open, most = type.max_open_per_student, type.max_total_per_student
    return [
        rule(type.status == AppointmentType.Status.ACTIVE, errors.TypeNotOffered(), name="type_offered"),
        rule(type.host.is_active, errors.HostInactive()),
        rule(_in_audience(type, student), errors.NotEligible(), lifted_by="host"),
        rule(
            most_open is None or open_count < most_open,
            errors.OpenLimitReached(count=open_count, limit=most_open),
        ),
        rule(most is None or total < most, errors.TotalLimitReached(count=total, limit=most)),
    ]


def _in_audience(type: AppointmentType, student: Any) -> bool:
    live = Enrollment.objects.live().filter(student__user=student).values("section")
    return AppointmentType.objects.filter(Q(sections=None) | Q(sections__in=live), pk=type.pk).exists()


def _counts(
    type: AppointmentType, student: Any, now: datetime, moving: Appointment | None, at: datetime
) -> tuple[int, int]:
    """Count the student's bookings that are open with the host, and those of the type in the term of `at`."""
    held = Appointment.objects.holding(now).filter(student=student)
    if moving is not None:
        held = held.exclude(pk=moving.pk)
    is_open = Q(session__host_id=type.host_id, session__ends_at__gt=now)
    if type.max_total_per_student is None:
        return held.filter(is_open).count(), 0
    found = held.aggregate(
        open=Count("pk", filter=is_open), total=Count("pk", filter=Q(session__type=type) & _in_term(type, at))
    )
    return found["open"], found["total"]


def _in_term(type: AppointmentType, at: datetime) -> Q:
    """Return the condition that a session is in the term of `at`; between terms everything counts."""
    zone = ZoneInfo(type.schedule.zone)
    day = at.astimezone(zone).date()
    terms = Term.objects.filter(start_date__lte=day, end_date__gte=day).exclude(kind__in=["year", "part_of_term"])
    term = terms.first()
    if term is None:
        return Q()
    return Q(
        session__starts_at__gte=start_of_day(term.start_date, zone),
        session__starts_at__lt=end_of_day(term.end_date, zone),
    )


def _time_rules(
    type: AppointmentType, student: Any, starts_at: datetime, session: Session | None, *, by: Any, now: datetime
) -> list[Rule]:
    day = starts_at.astimezone(ZoneInfo(type.schedule.zone)).date()
    closure = Closure.objects.filter(start_date__lte=day, end_date__gte=day).first()
    _opens_at, closes_at = bookable_span(type, student.zone, now, exempt=acts_for_host(by, type.host))
    return [
        rule(starts_at > now, errors.AlreadyStarted()),
        rule(closure is None, errors.ClosedDay(closure=closure.name if closure else "")),
        # A session that stands may be joined though the hours have changed since.
        rule(session is not None or is_offered(type, starts_at), errors.TimeNotOffered()),
        rule(starts_at >= _notice(type, by, now), errors.TooSoon(minutes=type.notice_minutes), lifted_by="host"),
        rule(starts_at < closes_at and not _before_range(type, starts_at), errors.TooFar()),
    ]


def _notice(type: AppointmentType, by: Any, now: datetime) -> datetime:
    return now if acts_for_host(by, type.host) else now + timedelta(minutes=type.notice_minutes)


def _before_range(type: AppointmentType, starts_at: datetime) -> bool:
    if type.horizon != AppointmentType.Horizon.FIXED or type.opens_on is None:
        return False
    return starts_at.astimezone(ZoneInfo(type.schedule.zone)).date() < type.opens_on


def is_offered(type: AppointmentType, starts_at: datetime) -> bool:
    """Is this instant one of the starts that the host's hours give, taken or not?"""
    zone, duration = ZoneInfo(type.schedule.zone), timedelta(minutes=type.duration_minutes)
    windows = windows_on(type, starts_at.astimezone(zone).date())
    return starts_at in starts(windows, duration, type.interval_minutes, zone)


def session_at(type: AppointmentType, starts_at: datetime, *, now: datetime) -> Any:
    """Return the standing session of the type at this time, with `.holders`, the people who have a seat; or None."""
    held = Q(appointments__in=Appointment.objects.holding(now))
    standing = Session.objects.standing().filter(type=type, host_id=type.host_id, starts_at=starts_at)
    return standing.annotate(holders=ArrayAgg("appointments__student_id", filter=held, default=[])).first()


def _taken_rules(
    type: AppointmentType,
    student: Any,
    starts_at: datetime,
    session: Any,
    *,
    by: Any,
    moving: Appointment | None,
    insists: bool,
) -> list[Rule]:
    if session is not None and moving is not None and session.pk == moving.session_id:
        session = None
    ends_at = session.ends_at if session else starts_at + timedelta(minutes=type.duration_minutes)
    opens_at = starts_at - timedelta(minutes=type.buffer_before_minutes)
    closes_at = ends_at + timedelta(minutes=type.buffer_after_minutes)
    given_up = own_time(moving)
    busy = [
        item
        for item in busy_times([type.host, student], opens_at, closes_at, named=False)
        if (item.user_id, item.starts_at, item.ends_at) not in given_up
    ]
    host_busy = session is None and any(item.user_id == type.host_id for item in busy)
    own = [
        item for item in busy if item.user_id == student.pk and item.starts_at < ends_at and item.ends_at > starts_at
    ]
    classes = [item for item in own if is_class(item)]
    holders = session.holders if session else []
    mine = student.pk in holders
    full = session is not None and len(holders) >= session.seats
    # One seat taken is a time taken; "full" is said of groups.
    if full and session.seats == 1 and not mine:
        host_busy, full = True, False
    return [
        rule(not host_busy, errors.SlotTaken()),
        rule(not mine, errors.AlreadyBooked()),
        rule(not full, errors.SessionFull(seats=session.seats if session else 0)),
        rule(mine or len(own) == len(classes), errors.StudentBusy()),
        rule(
            not classes or insists,
            _class_conflict(classes, is_own=by is None or by.pk == student.pk),
            lifted_by="student" if type.allow_class_conflict else None,
        ),
    ]


def _class_conflict(classes: list[Any], *, is_own: bool) -> errors.ClassConflict:
    """Name the class to its student only."""
    if not is_own:
        return errors.StudentInClass()
    return errors.ClassConflict(title=(classes[0].title or _("a class")) if classes else "")


def stands(appointment: Appointment, now: datetime) -> bool:
    held = (
        appointment.status in ("held", "pending") and appointment.hold_expires_at and appointment.hold_expires_at > now
    )
    return (appointment.status == Appointment.Status.CONFIRMED or bool(held)) and appointment.session.ends_at > now


def move_check(appointment: Appointment, *, by: Any, now: datetime) -> Check:
    """Return whether this appointment may leave its time.

    The cut-off to cancel binds too: else one would move away from a time that is too near to be cancelled.
    """
    type, session = appointment.session.type, appointment.session
    minutes = max(type.move_cutoff_minutes, type.cancel_cutoff_minutes)
    free = acts_for_host(by, session.host)
    return Check(
        [
            rule(stands(appointment, now), errors.NotStanding()),
            rule(appointment.status == Appointment.Status.CONFIRMED, errors.NotConfirmedYet()),
            rule(free or not type.needs_confirmation, errors.HostConfirms(), lifted_by="host"),
            rule(
                free or now + timedelta(minutes=minutes) <= session.starts_at,
                errors.TooLateToMove(minutes=minutes),
                lifted_by="host",
            ),
        ]
    )


def cancel_check(appointment: Appointment, *, by: Any, now: datetime) -> Check:
    type, session = appointment.session.type, appointment.session
    free = acts_for_host(by, session.host)
    return Check(
        [
            rule(stands(appointment, now), errors.NotStanding()),
            rule(
                free or now + timedelta(minutes=type.cancel_cutoff_minutes) <= session.starts_at,
                errors.TooLateToCancel(minutes=type.cancel_cutoff_minutes),
                lifted_by="host",
            ),
        ]
    )


def answer_check(appointment: Appointment, *, by: Any, now: datetime) -> Check:
    """Return every rule before the host's yes: the request stands, and both sides are free at its time but for it."""
    session, student = appointment.session, appointment.student
    ends_at, is_pending = appointment.hold_expires_at, appointment.status == Appointment.Status.PENDING
    own = session_at(session.type, session.starts_at, now=now)
    return Check(
        [
            rule(is_pending and ends_at is not None and ends_at > now, errors.NotPending()),
            rule(session.starts_at > now, errors.AlreadyStarted()),
            *_taken_rules(session.type, student, session.starts_at, own, by=by, moving=appointment, insists=True),
        ]
    )


def students_of(host: Any) -> Any:
    """Return the students whom `host` may book for by name.

    Those of own classes, one's advisees, and those who had an appointment.
    """
    taught = Enrollment.objects.live().filter(section__in=Section.objects.taught_by(host)).values("student__user")
    known = Appointment.objects.filter(session__host=host).values("student")
    students = User.objects.active().in_role("student").exclude(pk=host.pk)
    known_to = Q(pk__in=taught) | Q(pk__in=known) | Q(pk__in=advisees_of(host))
    return students.filter(known_to).order_by("family_name", "given_name", "pk")


def upcoming(queryset: Any, now: datetime) -> Any:
    return queryset.filter(Q(status__in=["confirmed", "held", "pending"]), session__ends_at__gt=now)
