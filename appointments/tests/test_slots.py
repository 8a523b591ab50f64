from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.tests.makers import alice, ivan
from appointments import operations
from appointments.models import AppointmentType, AvailabilityOverride, AvailabilityRule, AvailabilitySchedule
from appointments.queries.slots import bookable_span, free_starts, open_windows, slot_list, starts
from appointments.tests.makers import at, make_type
from core.intervals import merge
from scheduling.models import Closure

NEW_YORK = ZoneInfo("America/New_York")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def every_day(start, end, **fields):
    return [AvailabilityRule(weekday=day, start_time=start, end_time=end, **fields) for day in range(7)]


def starts_on(day, start, end, *, minutes=30, interval=30, zone=NEW_YORK, overrides=(), closed=()):
    windows = open_windows([day], every_day(start, end), list(overrides), list(closed), zone)
    return list(starts(windows, timedelta(minutes=minutes), interval, zone))


def override(kind, first, last, start=None, end=None):
    return AvailabilityOverride(kind=kind, start_date=first, end_date=last, start_time=start, end_time=end)


@pytest.mark.row("P01", "R20")
def test_the_repeated_hour_gives_six_slots_from_one_to_three():
    expected = [utc(2027, 11, 7, 5), utc(2027, 11, 7, 5, 30), utc(2027, 11, 7, 6), utc(2027, 11, 7, 6, 30)]
    expected += [utc(2027, 11, 7, 7), utc(2027, 11, 7, 7, 30)]
    assert starts_on(date(2027, 11, 7), time(1), time(3)) == expected


@pytest.mark.row("P01", "R20")
def test_the_removed_hour_leaves_four_slots_from_one_to_four():
    found = starts_on(date(2027, 3, 14), time(1), time(4))
    assert found == [utc(2027, 3, 14, 6), utc(2027, 3, 14, 6, 30), utc(2027, 3, 14, 7), utc(2027, 3, 14, 7, 30)]


@pytest.mark.row("R20")
def test_both_of_a_time_that_happens_twice_can_be_booked():
    found = starts_on(date(2027, 11, 7), time(0, 30), time(3, 30))
    assert {utc(2027, 11, 7, 5, 30), utc(2027, 11, 7, 6, 30)} <= set(found)
    assert len(found) == 8


@pytest.mark.row("P01", "R20")
def test_a_host_keeps_wall_time_over_the_clock_change_and_a_far_student_sees_the_shift():
    kolkata = ZoneInfo("Asia/Kolkata")
    first = starts_on(date(2027, 3, 8), time(9), time(9, 30))[0]
    second = starts_on(date(2027, 3, 15), time(9), time(9, 30))[0]
    assert (first, second) == (utc(2027, 3, 8, 14), utc(2027, 3, 15, 13))
    assert [f"{item.astimezone(kolkata):%H:%M}" for item in (first, second)] == ["19:30", "18:30"]


@pytest.mark.row("P04")
@pytest.mark.parametrize(
    ("start", "minutes", "interval", "expected"),
    [
        (time(9), 45, 15, ["09:00", "09:15"]),
        (time(9, 10), 30, 15, ["09:15", "09:30"]),
        (time(9, 10), 20, 20, ["09:20", "09:40"]),
        (time(9, 10), 20, 45, ["09:15"]),
        (time(9, 50), 30, 5, []),
    ],
)
def test_starts_stand_on_the_grid_and_fit_wholly(start, minutes, interval, expected):
    found = starts_on(date(2027, 1, 4), start, time(10), minutes=minutes, interval=interval)
    assert [f"{item.astimezone(NEW_YORK):%H:%M}" for item in found] == expected


@pytest.mark.row("P02")
@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([], ["09:00", "09:30"]),
        (["block"], []),
        (["replace"], ["14:00"]),
        (["add"], ["09:00", "09:30", "14:00"]),
        (["replace", "block"], []),
    ],
)
def test_an_override_replaces_adds_or_blocks(kinds, expected):
    day = date(2027, 1, 5)
    times = {"block": (None, None)}
    overrides = [
        override(kind, date(2027, 1, 4), date(2027, 1, 6), *times.get(kind, (time(14), time(14, 30)))) for kind in kinds
    ]
    found = starts_on(day, time(9), time(10), overrides=overrides)
    assert [f"{item.astimezone(NEW_YORK):%H:%M}" for item in found] == expected


@pytest.mark.row("P02")
def test_an_override_ends_with_its_last_day():
    block = override("block", date(2027, 1, 4), date(2027, 1, 6))
    assert starts_on(date(2027, 1, 6), time(9), time(10), overrides=[block]) == []
    assert len(starts_on(date(2027, 1, 7), time(9), time(10), overrides=[block])) == 2


@pytest.mark.row("P03")
def test_a_closure_empties_even_extra_hours():
    extra = override("add", date(2027, 1, 4), date(2027, 1, 4), time(14), time(15))
    closed = [(date(2027, 1, 4), date(2027, 1, 4))]
    assert starts_on(date(2027, 1, 4), time(9), time(10), overrides=[extra], closed=closed) == []


@pytest.mark.row("P05")
def test_buffers_of_the_new_and_of_the_old_booking_both_count():
    busy = [(utc(2027, 1, 4, 10), utc(2027, 1, 4, 11, 10))]  # until 11:00 with ten minutes after
    grid = [utc(2027, 1, 4, 11) + timedelta(minutes=5 * n) for n in range(5)]
    before = timedelta(minutes=5)
    found = list(free_starts(grid, timedelta(minutes=30), before, timedelta(), busy))
    assert found == [utc(2027, 1, 4, 11, 15), utc(2027, 1, 4, 11, 20)]


@pytest.mark.row("S05")
def test_a_slot_may_touch_what_is_taken():
    busy = [(utc(2027, 1, 4, 10), utc(2027, 1, 4, 11))]
    grid = [utc(2027, 1, 4, 9, 30), utc(2027, 1, 4, 10, 30), utc(2027, 1, 4, 11)]
    none = timedelta()
    assert list(free_starts(grid, timedelta(minutes=30), none, none, busy)) == [grid[0], grid[2]]


@pytest.mark.row("P07")
@pytest.mark.parametrize(
    ("fields", "now", "expected"),
    [
        ({"horizon_days": 2}, utc(2027, 1, 8, 12), utc(2027, 1, 11, 5)),
        # In Kolkata it is the next day already.
        ({"horizon_days": 2}, utc(2027, 1, 8, 20), utc(2027, 1, 11, 5)),
        ({"horizon": "business_days", "horizon_days": 2}, utc(2027, 1, 8, 12), utc(2027, 1, 13, 5)),
        ({"horizon": "business_days", "horizon_days": 7}, utc(2027, 1, 8, 12), utc(2027, 1, 20, 5)),
    ],
)
def test_a_rolling_horizon_ends_with_a_day_of_the_booker(fields, now, expected):
    type = AppointmentType(schedule=AvailabilitySchedule(zone="Asia/Kolkata"), **fields)
    assert bookable_span(type, NEW_YORK, now)[1] == expected


@pytest.mark.row("P07")
def test_a_fixed_range_is_read_in_the_zone_of_the_host():
    type = AppointmentType(
        schedule=AvailabilitySchedule(zone="Asia/Kolkata"),
        horizon="fixed",
        opens_on=date(2027, 2, 1),
        closes_on=date(2027, 2, 2),
    )
    span = bookable_span(type, NEW_YORK, utc(2027, 1, 8, 12))
    assert span == (utc(2027, 1, 31, 18, 30), utc(2027, 2, 2, 18, 30))


@pytest.mark.row("P06", "P16")
def test_the_notice_hides_near_times_but_not_from_the_host():
    type = AppointmentType(schedule=AvailabilitySchedule(zone="UTC"), notice_minutes=90)
    now = utc(2027, 1, 8, 12)
    assert bookable_span(type, NEW_YORK, now)[0] == utc(2027, 1, 8, 13, 30)
    assert bookable_span(type, NEW_YORK, now, exempt=True)[0] == now


spans = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=30)


@settings(max_examples=200, deadline=None)
@given(spans, st.integers(5, 60), st.integers(0, 20), st.integers(0, 20))
def test_the_one_pass_agrees_with_asking_every_pair(taken, length, before, after):
    zero = utc(2027, 1, 4)
    minute = timedelta(minutes=1)
    busy = merge((zero + start * minute, zero + (start + size) * minute) for start, size in taken)
    grid = [zero + 5 * n * minute for n in range(80)]
    found = list(free_starts(grid, length * minute, before * minute, after * minute, busy))
    slow = [
        item
        for item in grid
        if not any(s < item + (length + after) * minute and e > item - before * minute for s, e in busy)
    ]
    assert found == slow


@pytest.mark.django_db
@pytest.mark.row("P10")
def test_a_group_session_is_offered_with_the_seats_that_are_left():
    type = make_type(ivan(), seats=3)
    operations.book(type, alice(), at(9), by=alice())
    from accounts.tests.makers import make_user  # one more student

    other = make_user(roles=["student"])
    found = slot_list(type, other, at(8), at(18), now=utc(2020, 1, 1))
    assert found.slots == []  # far from 2020 the horizon hides all
    from django.utils import timezone

    slots = slot_list(type, other, at(8), at(10), now=timezone.now()).slots
    assert [(slot.starts_at, slot.seats_left) for slot in slots] == [
        (at(8), 3),
        (at(8, 30), 3),
        (at(9), 2),
        (at(9, 30), 3),
    ]


@pytest.mark.django_db
@pytest.mark.row("P03")
def test_a_closure_hides_the_day():
    from django.utils import timezone

    type = make_type(ivan())
    day = at(9).astimezone(NEW_YORK).date()
    Closure.objects.create(name="Founders' day", start_date=day, end_date=day)
    assert slot_list(type, alice(), at(8), at(18), now=timezone.now()).slots == []


@pytest.mark.django_db
def test_four_weeks_take_as_many_queries_as_one_day(django_assert_max_num_queries):
    from django.utils import timezone

    type = make_type(ivan())
    student = alice()
    for hour in (9, 10, 11):
        operations.book(type, student, at(hour), by=student)
    type = AppointmentType.objects.select_related("host", "schedule").get(pk=type.pk)
    with django_assert_max_num_queries(10):
        found = slot_list(type, student, at(0, days=1), at(0, days=29), now=timezone.now())
    assert len(found.slots) > 400
