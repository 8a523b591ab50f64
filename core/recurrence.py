"""Wall-clock rules to instants, in Python only and with the pinned zone data.

A time in a gap moves forward by the gap and is flagged; of a time that happens twice the first counts; a day that a
place skipped yields nothing. Durations are added in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Resolved:
    instant: datetime
    moved: bool


@dataclass(frozen=True)
class Occurrence:
    local_date: date
    starts_at: datetime
    ends_at: datetime
    moved: bool


def day_exists(day: date, zone: ZoneInfo) -> bool:
    """Return False for a day that a place skipped, as Apia did with 30 December 2011."""
    noon = datetime.combine(day, time(12), tzinfo=zone)
    return noon.astimezone(UTC).astimezone(zone).date() == day


def to_utc(day: date, at: time, zone: ZoneInfo) -> Resolved | None:
    """Return the instant of a local time, or None when the place skipped that day."""
    if not day_exists(day, zone):
        return None
    local = datetime.combine(day, at, tzinfo=zone)  # fold=0: the first of two, and the shift over a gap
    instant = local.astimezone(UTC)
    moved = instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None)
    return Resolved(instant, moved)


def minutes_between(start: time, end: time) -> int:
    """Return the wall-clock minutes from `start` to `end` of one day; an end of 00:00 is the end of the day."""
    end_minutes = end.hour * 60 + end.minute or 24 * 60
    return end_minutes - start.hour * 60 - start.minute


def weekly(
    days: int,
    start_time: time,
    end_time: time,
    zone: ZoneInfo,
    start_date: date,
    end_date: date,
    interval_weeks: int = 1,
) -> Iterator[Occurrence]:
    """Yield each meeting of a weekly rule, first to last day inclusive.

    Bit 0 of `days` is Monday. Weeks are counted from the week of `start_date`.
    """
    length = timedelta(minutes=minutes_between(start_time, end_time))
    first_monday = start_date - timedelta(days=start_date.weekday())
    day = start_date
    while day <= end_date:
        on_week = ((day - first_monday).days // 7) % interval_weeks == 0
        if on_week and days >> day.weekday() & 1 and (resolved := to_utc(day, start_time, zone)):
            yield Occurrence(day, resolved.instant, resolved.instant + length, resolved.moved)
        day += DAY


def window(day: date, start_time: time, end_time: time, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Return the instants of a bookable window: it contains both of a repeated hour and none of a skipped one.

    An end of 00:00 means the end of the day. None when nothing of the window exists.
    """
    start = to_utc(day, start_time, zone)
    if start is None:
        return None
    if end_time == time(0):
        end_instant = end_of_day(day, zone)
    else:
        end = to_utc(day, end_time, zone) or start
        # The window starts with the first and ends with the second of a time that happens twice. The end itself is
        # outside: of a window until 01:00 nothing is repeated when the clock goes from 02:00 back to 01:00.
        last = (datetime.combine(day, end_time, tzinfo=zone) - INSTANT).replace(fold=1)
        end_instant = end.instant if end.moved else max(end.instant, last.astimezone(UTC) + INSTANT)
    return (start.instant, end_instant) if start.instant < end_instant else None


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day, which is not always midnight."""
    local = datetime.combine(day, time(0), tzinfo=zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # Midnight does not exist: the day begins where the clock jumps, between the two readings of midnight.
    before = local.replace(fold=1).astimezone(UTC)
    while instant - before > timedelta(seconds=1):
        middle = before + (instant - before) // 2
        if middle.astimezone(zone).date() < day:
            before = middle
        else:
            instant = middle
    return instant.replace(microsecond=0)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant that is too late for "until the end of `day`"."""
    following = day + DAY
    while not day_exists(following, zone):
        following += DAY
    return start_of_day(following, zone)
