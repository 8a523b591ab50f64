"""The week grid and the calendar file."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import icalendar
import pytest

from accounts.tests.makers import rita
from courses.tests.makers import make_course, make_section
from scheduling import operations
from scheduling.queries.busy import sections_title
from scheduling.queries.grid import Item, room_week, week_grid
from scheduling.queries.ical import calendar, meeting_events
from scheduling.tests.makers import make_building, make_pattern, make_room

ZONE = ZoneInfo("America/New_York")
MONDAY = date(2031, 9, 1)


def at(hour, minute=0):
    return datetime(2031, 9, 1, hour, minute, tzinfo=ZONE)


def test_overlapping_items_stand_side_by_side_and_touching_ones_do_not():
    items = [Item("a", at(9), at(10)), Item("b", at(9, 30), at(10, 30)), Item("c", at(10, 30), at(11))]
    cells = week_grid(items, MONDAY, ZONE)["days"][0]["items"]
    assert [(c["title"], c["row_start"], c["row_span"], c["lane"], c["lanes"]) for c in cells] == [
        ("a", 25, 12, 1, 2),
        ("b", 31, 12, 2, 2),
        ("c", 43, 6, 1, 1),
    ]


@pytest.mark.django_db
@pytest.mark.row("R118")
def test_a_room_week_takes_the_same_queries_for_one_and_many(django_assert_num_queries):
    reader, few, many = rita(), make_room(), make_room()
    reader.has_perm("any")
    dates = {"start_date": MONDAY, "end_date": date(2031, 9, 5)}
    make_pattern(make_section(), "M", room=few, **dates)
    for hour in (8, 10, 12):
        make_pattern(make_section(), "MTWRF", time(hour), time(hour, 50), many, **dates)
    for room, count in ((few, 1), (many, 15)):
        with django_assert_num_queries(5):
            assert len(room_week(room, MONDAY, ZONE, reader)) == count


@pytest.mark.django_db
@pytest.mark.row("K04", "R20")
def test_events_are_in_utc_and_a_cancelled_one_says_so():
    room = make_room(building=make_building(zone="America/New_York"))
    pattern = make_pattern(make_section(), "M", room=room, start_date=date(2031, 10, 27), end_date=date(2031, 11, 3))
    operations.cancel_meeting(pattern.meetings.last(), by=None)
    read = icalendar.Calendar.from_ical(calendar("Classes", meeting_events(pattern.meetings.all()))).walk("VEVENT")
    assert [e["dtstart"].dt for e in read] == [
        datetime(2031, 10, 27, 14, tzinfo=UTC),
        datetime(2031, 11, 3, 15, tzinfo=UTC),
    ]
    assert [(str(e["status"]), e["sequence"]) for e in read] == [("CONFIRMED", 0), ("CANCELLED", 1)]
    assert not any("attendee" in e for e in read)


@pytest.mark.django_db
def test_sections_that_share_a_meeting_are_named_shortly():
    course = make_course()
    one, two, three = (make_section(course=course, section_number=number) for number in ("A01", "A02", "A03"))
    other = make_section(section_number="Z01")
    assert sections_title([one]) == f"{course.code} A01"
    assert sections_title([two, one]) == f"{course.code} A01, A02"
    assert sections_title([three, one, two]) == f"{course.code} A01 +2"
    assert sections_title([one, other]) == f"{one}, {other}"
    assert sections_title([]) == ""
