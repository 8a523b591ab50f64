"""Free times of a host: windows, minus what is taken, in one pass over sorted intervals.

The functions up to `free_starts` are pure; `slot_list` reads the rows and puts them together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Value

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
# The longest appointment there can be: the limit of `AppointmentType.duration_minutes`.
LONGEST = timedelta(minutes=480)
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


def is_closed(day: date, closed: Sequence[tuple[date, date]]) -> bool:
    return any(first <= day <= last for first, last in closed)


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
        if is_closed(day, closed):
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


def clear_of(spans: Iterable[Span], busy: Sequence[Span]) -> Iterator[Span]:
    """Yield those of `spans`, ascending by start, that share no instant with `busy` (merged), in one pass."""
    index = 0
    for opens_at, closes_at in spans:
        while index < len(busy) and busy[index][1] <= opens_at:
            index += 1
        if index == len(busy) or busy[index][0] >= closes_at:
            yield opens_at, closes_at


def free_starts(
    candidates: Iterable[datetime], duration: timedelta, before: timedelta, after: timedelta, busy: Sequence[Span]
) -> Iterator[datetime]:
    """Yield the ascending `candidates` whose time with buffers touches no span of `busy` (merged)."""
    spans = ((at - before, at + duration + after) for at in candidates)
    for opens_at, _closes_at in clear_of(spans, busy):
        yield opens_at + before


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


def windows_on(type: AppointmentType, day: date) -> list[Span]:
    """Read the host's windows of one local day, closed or not; no window goes over midnight."""
    return _windows(type, [day], ())


def closed_between(first: date, last: date) -> list[tuple[date, date]]:
    closures = Closure.objects.filter(start_date__lte=last, end_date__gte=first)
    return list(closures.values_list("start_date", "end_date"))


def _windows(type: AppointmentType, days: Sequence[date], closed: Sequence[tuple[date, date]]) -> list[Span]:
    rules, overrides = _hours_between(type, days[0], days[-1])
    return open_windows(days, rules, overrides, closed, ZoneInfo(type.schedule.zone))


def _hours_between(
    type: AppointmentType, first: date, last: date
) -> tuple[list[AvailabilityRule], list[AvailabilityOverride]]:
    """Read weekly hours and overrides together, in one query."""
    times = ("start_time", "end_time", "start_date", "end_date")
    weekly = AvailabilityRule.objects.filter(schedule_id=type.schedule_id)
    others = AvailabilityOverride.objects.filter(
        schedule_id=type.schedule_id, start_date__lte=last, end_date__gte=first
    )
    rows = weekly.order_by().values_list(Value("weekly"), "weekday", *times)
    rows = rows.union(others.order_by().values_list("kind", Value(0), *times), all=True)
    rules, overrides = [], []
    for kind, weekday, *values in rows:
        fields = dict(zip(times, values, strict=True))
        if kind == "weekly":
            rules.append(AvailabilityRule(weekday=weekday, **fields))
        else:
            overrides.append(AvailabilityOverride(kind=kind, **fields))
    return rules, overrides


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
    opens_at, closes_at = bookable_span(type, student.zone, now, exempt=exempt)
    opens_at, closes_at = max(starts_at, opens_at), min(ends_at, closes_at)
    if opens_at >= closes_at:
        return SlotList([], 0)
    before, after = timedelta(minutes=type.buffer_before_minutes), timedelta(minutes=type.buffer_after_minutes)
    # As far as a standing session can reach: it may be longer than the type is now.
    busy = busy_times([type.host, student], opens_at - before, closes_at + LONGEST + after, named=False)
    given_up = own_time(moving)
    busy = [item for item in busy if (item.user_id, item.starts_at, item.ends_at) not in given_up]
    hosts = merge((item.starts_at, item.ends_at) for item in busy if item.user_id == type.host_id)
    offered = _offered(type, opens_at, closes_at, hosts, now=now, moving=moving)
    own = [item for item in busy if item.user_id == student.pk]
    spans = [(at, ends_at) for at, (ends_at, _seats) in sorted(offered.items())]
    free = set(clear_of(spans, merge((item.starts_at, item.ends_at) for item in own if not is_class(item))))
    apart = set(clear_of(spans, merge((item.starts_at, item.ends_at) for item in own if is_class(item))))
    keep_classes = despite_class and type.allow_class_conflict
    slots = [
        Slot(*span, seats_left=offered[span[0]][1], during_class=span not in apart)
        for span in spans
        if span in free and (span in apart or keep_classes)
    ]
    return SlotList(slots, len(spans) - len(slots))


def _offered(
    type: AppointmentType, opens_at: datetime, closes_at: datetime, hosts: Sequence[Span], *, now: datetime, moving: Any
) -> dict[datetime, tuple[datetime, int]]:
    """Return what the host has free in the span: start to end and seats left, new times and sessions with a seat."""
    zone, duration = ZoneInfo(type.schedule.zone), timedelta(minutes=type.duration_minutes)
    before, after = timedelta(minutes=type.buffer_before_minutes), timedelta(minutes=type.buffer_after_minutes)
    days = days_between(opens_at, closes_at, zone)
    closed = closed_between(days[0], days[-1])
    grid = starts(_windows(type, days, closed), duration, type.interval_minutes, zone)
    candidates = (at for at in grid if opens_at <= at < closes_at)
    found = {at: (at + duration, type.seats) for at in free_starts(candidates, duration, before, after, hosts)}
    for session in open_sessions(type, opens_at, closes_at, now):
        if moving is not None and session.pk == moving.session_id:
            found.pop(session.starts_at, None)
        elif session.seats > session.taken and not is_closed(session.starts_at.astimezone(zone).date(), closed):
            found[session.starts_at] = (session.ends_at, session.seats - session.taken)
    return found


def own_time(appointment: Any) -> set[tuple[int, datetime, datetime]]:
    """Return what moving this appointment would free: the student's time, and the host's when nobody else is in it."""
    if appointment is None:
        return set()
    session = appointment.session
    freed = {(appointment.student_id, session.starts_at, session.ends_at)}
    others = session.appointments.filter(status__in=["held", "pending", "confirmed"]).exclude(pk=appointment.pk)
    if session.seats == 1 or not others.exists():
        freed.add((session.host_id, session.block_starts_at, session.block_ends_at))
    return freed
