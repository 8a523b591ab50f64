"""A person's week in the shared grid."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from appointments.queries.timetable import Entry
from appointments.views.week import week_grid

ZONE = ZoneInfo("America/New_York")
MONDAY = date(2031, 9, 1)
pytestmark = pytest.mark.row("W10")


def entry(kind, day, hour, end_hour, **more):
    start = datetime(2031, 9, day, hour, tzinfo=ZONE).astimezone(UTC)
    return Entry(kind, "u", start, datetime(2031, 9, day, end_hour, tzinfo=ZONE).astimezone(UTC), "Title", **more)


def test_an_empty_week_has_no_grid():
    assert week_grid([], MONDAY, ZONE) is None


def test_the_weekend_is_shown_only_when_something_is_in_it():
    assert len(week_grid([entry("class", 1, 9, 10)], MONDAY, ZONE)["days"]) == 5
    assert len(week_grid([entry("class", 6, 9, 10)], MONDAY, ZONE)["days"]) == 7


def test_a_class_has_its_rows_and_a_deadline_stands_on_top_of_its_day():
    found = week_grid([entry("class", 2, 9, 10, place="H 1"), entry("deadline", 2, 0, 0)], MONDAY, ZONE)
    cells = [
        (i["title"], i["all_day"], i["row_start"], i["row_span"], i["subtitle"]) for i in found["days"][1]["items"]
    ]
    assert cells == [("Title", True, 1, 1, "00:00"), ("Title", False, 25, 12, "H 1")]
    assert [len(day["items"]) for day in found["days"]] == [0, 2, 0, 0, 0]


def test_a_session_of_several_students_is_one_block_and_a_cancelled_one_stands_apart():
    booked = [entry("appointment", 2, 9, 10, what="Review") for _student in range(3)]
    other = entry("appointment", 2, 11, 12, what="Review")
    gone = entry("appointment", 2, 9, 10, what="Review", is_cancelled=True)
    [_monday, day, *_rest] = week_grid([*booked, other, gone], MONDAY, ZONE)["days"]
    assert [(item["title"], item["cancelled"], item["href"]) for item in day["items"]] == [
        ("Review with 3 people", False, "/office-hours/?week=2031-09-02"),
        ("Title", True, ""),
        ("Title", False, ""),
    ]
