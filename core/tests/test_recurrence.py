"""The time vectors of reliability.md, section e, and the laws behind them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recurrence import end_of_day, start_of_day, to_utc, weekly, window
from core.tests.vectors import DAY_ENDS, MOVED, PLAIN, SEEN_ELSEWHERE, TWICE, instant

pytestmark = pytest.mark.row("R20", "X03", "S01")


def resolve(zone: str, day: str, at: str) -> tuple[datetime, bool]:
    found = to_utc(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))
    assert found is not None
    return found.instant, found.moved


ZONES = sorted({zone for _v, zone, *_rest in PLAIN + MOVED})


@pytest.mark.row("R21")
@pytest.mark.parametrize(("vector", "zone", "day", "at", "expected"), PLAIN)
def test_local_time_becomes_the_expected_instant(vector, zone, day, at, expected):
    assert resolve(zone, day, at) == (instant(expected), False)


@pytest.mark.parametrize(("vector", "zone", "day", "at", "expected", "shown"), MOVED)
def test_time_in_a_gap_moves_forward_and_is_flagged(vector, zone, day, at, expected, shown):
    found, moved = resolve(zone, day, at)
    assert (found, moved) == (instant(expected), True)
    assert found.astimezone(ZoneInfo(zone)).time() == time.fromisoformat(shown)


def test_v3_length_of_a_meeting_over_a_gap_is_added_in_utc():
    zone = ZoneInfo("America/New_York")
    day = date(2027, 3, 14)
    (meeting,) = weekly(1 << 6, time(1, 30), time(2, 30), zone, day, day)
    assert (meeting.starts_at, meeting.ends_at) == (instant("2027-03-14T06:30Z"), instant("2027-03-14T07:30Z"))
    assert meeting.ends_at.astimezone(zone).time() == time(3, 30)


@pytest.mark.parametrize(
    ("zone", "day", "at", "first", "second"),
    [
        ("America/New_York", date(2027, 11, 7), time(1, 30), "2027-11-07T05:30Z", "2027-11-07T06:30Z"),
        ("Europe/Berlin", date(2027, 10, 31), time(2, 45), "2027-10-31T00:45Z", "2027-10-31T01:45Z"),
        ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45), "2027-04-03T14:45Z", "2027-04-03T15:15Z"),
    ],
)
def test_v4_v6_v9_window_contains_both_of_a_time_that_happens_twice(zone, day, at, first, second):
    start, end = window(day, time(0, 30), time(3), ZoneInfo(zone))
    assert start <= instant(first) < instant(second) < end
    assert to_utc(day, at, ZoneInfo(zone)).instant == instant(first)


@pytest.mark.parametrize(
    ("day", "start", "end", "hours"),
    [
        (date(2027, 11, 7), time(1), time(3), 3),
        (date(2027, 11, 7), time(0, 30), time(3, 30), 4),
        (date(2027, 3, 14), time(1), time(4), 2),
        (date(2027, 11, 7), time(0, 30), time(1), 0.5),
        (date(2027, 11, 7), time(0, 30), time(1, 30), 2),
        (date(2027, 11, 7), time(22), time(0), 2),
    ],
)
def test_v5_window_lasts_as_long_as_its_hours_do(day, start, end, hours):
    opens, closes = window(day, start, end, ZoneInfo("America/New_York"))
    assert closes - opens == timedelta(hours=hours)


def test_v5_window_over_a_repeated_hour_has_six_slots():
    _vector, zone, day, expected = TWICE
    opens, closes = window(date.fromisoformat(day), time(1), time(3), ZoneInfo(zone))
    slots = [opens + n * timedelta(minutes=30) for n in range((closes - opens) // timedelta(minutes=30))]
    assert [f"{slot:%H:%M}" for slot in slots] == expected


def test_window_inside_a_skipped_hour_does_not_exist():
    assert window(date(2027, 3, 14), time(2), time(3), ZoneInfo("America/New_York")) is None


@pytest.mark.parametrize(("vector", "zone", "day", "at", "expected", "elsewhere", "seen"), SEEN_ELSEWHERE)
def test_v7_the_student_sees_the_shift_and_the_host_does_not(vector, zone, day, at, expected, elsewhere, seen):
    assert resolve(zone, day, at) == (instant(expected), False)
    assert instant(expected).astimezone(ZoneInfo(elsewhere)).time() == time.fromisoformat(seen)


def test_v11_day_that_a_place_skipped_has_no_occurrence():
    rule = weekly(0b1111111, time(10), time(11), ZoneInfo("Pacific/Apia"), date(2011, 12, 29), date(2011, 12, 31))
    assert [meeting.local_date for meeting in rule] == [date(2011, 12, 29), date(2011, 12, 31)]
    assert window(date(2011, 12, 30), time(9), time(17), ZoneInfo("Pacific/Apia")) is None


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Africa/Cairo", date(2027, 4, 30), "2027-04-29T22:00Z"),
        ("America/Santiago", date(2027, 9, 5), "2027-09-05T04:00Z"),
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00Z"),
        # The clock went from 23:30 to 00:30: the day began where it jumped.
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30Z"),
    ],
)
def test_v13_start_of_day_is_its_first_instant(zone, day, expected):
    assert start_of_day(day, ZoneInfo(zone)) == instant(expected)


@pytest.mark.parametrize(("vector", "zone", "day", "expected"), DAY_ENDS)
def test_v14_end_of_day_is_the_first_instant_too_late(vector, zone, day, expected):
    assert end_of_day(date.fromisoformat(day), ZoneInfo(zone)) == instant(expected)


def test_every_second_week_counts_from_the_week_of_the_first_day():
    # Wednesday to start with; the Monday of the same week lies before it.
    rule = weekly(0b101, time(9), time(10), ZoneInfo("UTC"), date(2026, 9, 2), date(2026, 9, 30), 2)
    assert [meeting.local_date.day for meeting in rule] == [2, 14, 16, 28, 30]


def test_meeting_until_midnight_ends_with_the_day():
    day = date(2026, 9, 2)
    (meeting,) = weekly(0b100, time(22), time(0), ZoneInfo("UTC"), day, day)
    assert meeting.ends_at == datetime(2026, 9, 3, tzinfo=UTC)


DAYS = st.dates(date(2000, 1, 1), date(2036, 12, 31))


@given(DAYS, st.times(), st.sampled_from(ZONES))
def test_only_moved_times_read_back_differently(day, at, name):
    zone = ZoneInfo(name)
    if found := to_utc(day, at, zone):
        back = found.instant.astimezone(zone).replace(tzinfo=None)
        assert (back != datetime.combine(day, at)) == found.moved
        assert back >= datetime.combine(day, at)


@given(DAYS, st.sampled_from(ZONES))
def test_one_day_ends_where_the_next_begins(day, name):
    zone = ZoneInfo(name)
    end = end_of_day(day, zone)
    assert (end - timedelta(seconds=1)).astimezone(zone).date() <= day < end.astimezone(zone).date()
