"""What the page offers is what can be booked: the list of free times and the check of one time agree."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from accounts.tests.makers import alice, ivan, make_user
from appointments import operations
from appointments.models import AppointmentType, AvailabilityOverride
from appointments.queries.booking import booking_check
from appointments.queries.slots import slot_list
from appointments.tests.makers import at, future_day, make_schedule, make_type
from scheduling.models import Closure

pytestmark = pytest.mark.django_db
STEP = timedelta(minutes=15)


def agreed(type, student, *, by=None, moving=None, first=7, last=14):
    """Return the times offered on the day, after asking whether it can be booked of each and every quarter hour."""
    now, by = timezone.now(), by or student
    type = AppointmentType.objects.select_related("host", "schedule").get(pk=type.pk)
    exempt = by.pk == type.host_id
    found = slot_list(type, student, at(first), at(last), now=now, exempt=exempt, moving=moving)
    offered = [slot.starts_at for slot in found.slots]
    left = moving.session.starts_at if moving is not None else None
    asked = sorted({*offered, *(at(first) + n * STEP for n in range((last - first) * 4))} - {left})
    assert offered == [when for when in asked if booking_check(type, student, when, by=by, now=now, moving=moving).ok]
    return offered


@pytest.mark.row("P01", "P04", "P05")
def test_of_a_day_with_bookings_and_buffers():
    host, other = ivan(), make_user(roles=["student"])
    type = make_type(host, duration_minutes=40, interval_minutes=20, buffer_before_minutes=5, buffer_after_minutes=15)
    operations.book(type, other, at(9), by=other)
    second = make_type(host, schedule=type.schedule, duration_minutes=20, interval_minutes=15, buffer_before_minutes=30)
    operations.book(second, other, at(13), by=other)
    assert agreed(type, alice())[0] == at(8)
    agreed(second, alice())


@pytest.mark.row("P10")
def test_of_a_group_session_before_and_after_a_closure_of_its_day():
    type = make_type(ivan(), seats=3)
    other = make_user(roles=["student"])
    operations.book(type, other, at(9), by=other)
    assert at(9) in agreed(type, alice())
    Closure.objects.create(name="Storm", start_date=future_day(), end_date=future_day())
    assert agreed(type, alice()) == []


@pytest.mark.row("P10", "P21")
def test_of_a_standing_session_that_is_longer_than_the_type_is_now():
    type = make_type(ivan(), seats=3, duration_minutes=60, interval_minutes=60)
    other = make_user(roles=["student"])
    operations.book(type, other, at(9), by=other)
    operations.change_type(type, by=ivan(), duration_minutes=20)
    elsewhere = make_type(make_user(roles=["instructor"]))
    operations.book(elsewhere, alice(), at(9, 30), by=alice())
    assert at(9) not in agreed(type, alice())


@pytest.mark.row("P02", "P10")
def test_of_a_standing_session_outside_the_hours_of_today():
    type = make_type(ivan(), seats=2)
    other = make_user(roles=["student"])
    operations.book(type, other, at(9), by=other)
    AvailabilityOverride.objects.create(
        schedule=type.schedule, kind="replace", start_date=future_day(), end_date=future_day(), start_time=time(12),
        end_time=time(13),
    )  # fmt: skip
    assert agreed(type, alice()) == [at(9), at(12), at(12, 30)]


@pytest.mark.row("P14")
def test_of_a_move_that_gives_its_own_time_up():
    type = make_type(ivan(), duration_minutes=60, interval_minutes=15, buffer_after_minutes=10)
    booked = operations.book(type, alice(), at(9), by=alice())
    found = agreed(type, alice(), moving=booked)
    assert {at(8, 45), at(9, 15)} <= set(found)
    assert at(9) not in found


@pytest.mark.row("P14", "P10")
def test_of_a_move_out_of_a_session_that_others_stay_in():
    type = make_type(ivan(), seats=2, duration_minutes=60, interval_minutes=15)
    other = make_user(roles=["student"])
    booked = operations.book(type, alice(), at(9), by=alice())
    operations.book(type, other, at(9), by=other)
    found = agreed(type, alice(), moving=booked)
    assert {at(8, 45), at(9), at(9, 15)} & set(found) == set()


@pytest.mark.row("P06", "P07", "P16")
def test_of_the_notice_and_the_horizon_for_student_and_host():
    fourteen_days = 14 * 24 * 60
    type = make_type(ivan(), notice_minutes=fourteen_days, horizon_days=14)
    assert set(agreed(type, alice())) <= set(agreed(type, alice(), by=ivan()))
    fixed = make_type(
        make_user(roles=["instructor"]), horizon="fixed", opens_on=future_day(14), closes_on=future_day(14)
    )
    assert len(agreed(fixed, alice())) == 12


@pytest.mark.row("P21")
def test_of_a_student_who_hosts_and_of_a_host_with_another_appointment():
    both = make_user(roles=["instructor", "student"])
    mine, type = make_type(both), make_type(ivan())
    operations.book(mine, alice(), at(10), by=alice())
    assert at(10) not in agreed(type, both)
    operations.book(type, both, at(11), by=both)
    assert {at(10), at(11)} & set(agreed(mine, alice())) == set()


@pytest.mark.row("P01", "R20")
def test_of_a_host_in_another_zone():
    schedule = make_schedule(ivan(), zone="Asia/Kolkata", hours=(time(18), time(21)))
    type = make_type(ivan(), schedule=schedule, duration_minutes=45, interval_minutes=30)
    assert len(agreed(type, alice())) > 0
