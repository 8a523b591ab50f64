"""Free times of a host: windows, minus what is taken, in one pass over sorted intervals.

The functions up to `free_starts` are pure; `slot_list` reads the rows and puts them together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from appointments.models import (
    AppointmentType,
    AvailabilityOverride,
    AvailabilityRule,
    Session,
)
from core.intervals import merge
from core.recurrence import end_of_day, window
from scheduling.models import Claim, Closure
from scheduling.queries.busy import Busy, busy_times

Span = tuple[datetime, datetime]
ONE_DAY = timedelta(days=1)
# Starts fall on the largest of these that divides the step (Cal.com).
ALIGNMENTS = (60, 30, 20, 15, 10, 5)


@dataclass(frozen=True)
class Slot:
    """A time that can be booked."""

    starts_at: datetime
    ends_at: datetime
    seats_left: int
    # The student has a class then; the type lets it be booked after a warning.
    during_class: bool = False


@dataclass(frozen=True)
class SlotList:
    slots: list[Slot]
    # Times left out because of the student's own classes and appointments.
    hidden: int


def hours_of(
    day: date, rules: Sequence[AvailabilityRule], overrides: Sequence[AvailabilityOverride]
) -> list[tuple[time, time]]:
    """Return the local windows of one day: a block empties it, a replacement takes the place of the weekly hours."""
    today = [item for item in overrides if item.start_date <= day <= item.end_date]
    if any(item.kind == AvailabilityOverride.Kind.BLOCK for item in today):
        return []
    replaced = [item for item in today if item.kind == AvailabilityOverride.Kind.REPLACE]
    added = [item for item in today if item.kind == AvailabilityOverride.Kind.ADD]
    weekly = [
        rule
        for rule in rules
        if rule.weekday == day.weekday()
        and (rule.start_date is None or rule.start_date <= day)
        and (rule.end_date is None or day <= rule.end_date)
    ]
    return [(item.start_time, item.end_time) for item in [*(replaced or weekly), *added]]


def open_windows(
    days: Iterable[date],
    rules: Sequence[AvailabilityRule],
    overrides: Sequence[AvailabilityOverride],
    closed: Sequence[tuple[date, date]],
    zone: ZoneInfo,
) -> list[Span]:
    """Return the windows of these local days as instants; days of a closure have none."""
    spans = []
    for day in days:
        if any(first <= day <= last for first, last in closed):
            continue
        for start_time, end_time in hours_of(day, rules, overrides):
            span = window(day, start_time, end_time, zone)
            if span is not None:  # none where a clock change took the time or the day away
                spans.append(span)
    return merge(spans)


def alignment(interval_minutes: int) -> int:
    return next((size for size in ALIGNMENTS if interval_minutes % size == 0), 1)


def starts(windows: Iterable[Span], duration: timedelta, interval_minutes: int, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the starts at which an appointment fits wholly into a window; steps are added in UTC."""
    size, step = alignment(interval_minutes), timedelta(minutes=interval_minutes)
    for opens_at, closes_at in windows:
        local = opens_at.astimezone(zone)
        past = timedelta(minutes=local.minute % size, seconds=local.second, microseconds=local.microsecond)
        at = opens_at + (timedelta(minutes=size) - past if past else timedelta())
        while at + duration <= closes_at:
            yield at
            at += step


def free_starts(
    candidates: Iterable[datetime], duration: timedelta, before: timedelta, after: timedelta, busy: Sequence[Span]
) -> Iterator[datetime]:
    """Yield the ascending `candidates` whose time with buffers touches no span of `busy` (merged), in one pass."""
    index = 0
    for at in candidates:
        opens_at, closes_at = at - before, at + duration + after
        while index < len(busy) and busy[index][1] <= opens_at:
            index += 1
        if index == len(busy) or busy[index][0] >= closes_at:
            yield at


def bookable_span(type: AppointmentType, viewer_zone: ZoneInfo, now: datetime, *, exempt: bool = False) -> Span:
    """Return the half-open span in which a start may lie: after the notice, before the horizon.

    A rolling horizon ends with a day of the booker, a fixed range is read in the host's zone. `exempt`: the notice does
    not bind the host and staff.
    """
    opens_at = now if exempt else now + timedelta(minutes=type.notice_minutes)
    host_zone = ZoneInfo(type.schedule.zone)
    # A fixed range has both days: the constraint of the table.
    if type.horizon == AppointmentType.Horizon.FIXED and type.opens_on and type.closes_on:
        return (
            max(opens_at, end_of_day(type.opens_on - ONE_DAY, host_zone)),
            end_of_day(type.closes_on, host_zone),
        )
    today = now.astimezone(viewer_zone).date()
    if type.horizon == AppointmentType.Horizon.BUSINESS_DAYS:
        return opens_at, end_of_day(_weekdays_later(today, type.horizon_days), viewer_zone)
    return opens_at, end_of_day(today + timedelta(days=type.horizon_days), viewer_zone)


def _weekdays_later(day: date, count: int) -> date:
    weeks, rest = divmod(count, 5)
    day += timedelta(weeks=weeks)
    while rest:
        day += ONE_DAY
        rest -= day.weekday() < 5
    return day


def days_between(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> list[date]:
    first, last = starts_at.astimezone(zone).date(), ends_at.astimezone(zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def windows_of(type: AppointmentType, starts_at: datetime, ends_at: datetime) -> list[Span]:
    """Read the host's windows on the days that the span touches."""
    zone = ZoneInfo(type.schedule.zone)
    days = days_between(starts_at, ends_at, zone)
    touching = {"start_date__lte": days[-1], "end_date__gte": days[0]}
    closed = list(Closure.objects.filter(**touching).values_list("start_date", "end_date"))
    rules = list(AvailabilityRule.objects.filter(schedule_id=type.schedule_id))
    overrides = list(AvailabilityOverride.objects.filter(schedule_id=type.schedule_id, **touching))
    return open_windows(days, rules, overrides, closed, zone)


def is_class(busy: Busy) -> bool:
    """Is it a class, and not a claim that the database keeps free of any other?"""
    return busy.kind not in Claim.Source.values or not busy.hard


def open_sessions(type: AppointmentType, starts_at: datetime, ends_at: datetime, now: datetime) -> list[Any]:
    """Return the standing sessions of the type that start in the span, each with `.taken`, the seats in use."""
    holding = Q(appointments__status="confirmed") | Q(
        appointments__status__in=["held", "pending"], appointments__hold_expires_at__gt=now
    )
    sessions = Session.objects.standing().filter(type=type, starts_at__gte=starts_at, starts_at__lt=ends_at)
    return list(sessions.annotate(taken=Count("appointments", filter=holding)).order_by("starts_at"))


def slot_list(
    type: AppointmentType,
    student: Any,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    exempt: bool = False,
    despite_class: bool = False,
    moving: Any = None,
) -> SlotList:
    """Return the times in the span that `student` can book, in order.

    Times that clash with the student's own classes and appointments are left out and counted; those that clash with a
    class only are kept, marked, when the type allows it and `despite_class` asks for it. `moving` is the appointment
    that would be given up: its own time counts as free. The same number of queries for any span.
    """
    zone = student.zone
    opens_at, closes_at = bookable_span(type, zone, now, exempt=exempt)
    opens_at, closes_at = max(starts_at, opens_at), min(ends_at, closes_at)
    if opens_at >= closes_at:
        return SlotList([], 0)
    duration = timedelta(minutes=type.duration_minutes)
    before, after = timedelta(minutes=type.buffer_before_minutes), timedelta(minutes=type.buffer_after_minutes)
    busy = busy_times([type.host, student], opens_at - before, closes_at + duration + after)
    given_up = own_time(moving)
    busy = [item for item in busy if (item.user_id, item.starts_at, item.ends_at) not in given_up]
    hosts = merge((item.starts_at, item.ends_at) for item in busy if item.user_id == type.host_id)
    grid = starts(windows_of(type, opens_at, closes_at), duration, type.interval_minutes, ZoneInfo(type.schedule.zone))
    candidates = (at for at in grid if opens_at <= at < closes_at)
    found = dict.fromkeys(free_starts(candidates, duration, before, after, hosts), type.seats)
    length = dict.fromkeys(found, duration)
    leaving = moving.session_id if moving is not None else None
    for session in open_sessions(type, opens_at, closes_at, now):
        if session.seats > session.taken and session.pk != leaving:
            found[session.starts_at] = session.seats - session.taken
            length[session.starts_at] = session.ends_at - session.starts_at
        elif session.pk == leaving:
            found.pop(session.starts_at, None)
    own = [item for item in busy if item.user_id == student.pk]
    hard = merge((item.starts_at, item.ends_at) for item in own if not is_class(item))
    classes = merge((item.starts_at, item.ends_at) for item in own if is_class(item))
    none = timedelta()
    in_order = sorted(found)
    # Without a class and without an appointment of one's own; two passes, each linear.
    free = set(free_starts(in_order, duration, none, none, hard))
    apart = set(free_starts(in_order, duration, none, none, classes))
    keep_classes = despite_class and type.allow_class_conflict
    slots = [
        Slot(at, at + length[at], found[at], during_class=at not in apart)
        for at in in_order
        if at in free and (at in apart or keep_classes)
    ]
    return SlotList(slots, len(in_order) - len(slots))


def own_time(appointment: Any) -> set[tuple[int, datetime, datetime]]:
    """Return what moving this appointment would free: the student's time, and the host's when nobody else is in it."""
    if appointment is None:
        return set()
    session = appointment.session
    freed = {(appointment.student_id, session.starts_at, session.ends_at)}
    others = session.appointments.filter(status__in=["held", "pending", "confirmed"]).exclude(pk=appointment.pk)
    if not others.exists():
        freed.add((session.host_id, session.block_starts_at, session.block_ends_at))
    return freed
