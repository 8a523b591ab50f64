"""The time vectors through every door: the dated meetings, the pages, the API and the calendar feed agree."""

import re
from datetime import date, datetime, time, timedelta

import icalendar
import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.tests.makers import make_user
from core.tests.vectors import DAY_ENDS, MOVED, PLAIN, SEEN_ELSEWHERE, SKIPPED, TWICE, instant
from courses.tests.makers import make_section
from scheduling import operations
from scheduling.models import Meeting
from scheduling.queries.ical import calendar, meeting_events
from scheduling.tests.makers import LETTERS, make_building, make_pattern, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.row("R20", "X03", "K04")]
RULES = [
    *[(*row, row[3], False) for row in PLAIN],
    *[(*row, True) for row in MOVED],
    *[(*row[:5], row[3], False) for row in SEEN_ELSEWHERE],
]
TIMES = re.compile(r'<time datetime="([^"]+)">([^<]+)</time>')


def place(zone):
    return make_room(building=make_building(zone=zone))


def meet(zone, first, last, at, days=LETTERS):
    start = datetime.combine(date(2000, 1, 1), time.fromisoformat(at))
    end = (start + timedelta(minutes=30)).time()
    dates = {"start_date": date.fromisoformat(first), "end_date": date.fromisoformat(last)}
    return make_pattern(make_section(), days, start.time(), end, place(zone), **dates)


def reader(zone):
    return make_user(roles=["registrar"], time_zone=zone)


def times_on(client, url, **query):
    """Return what a page shows, as (instant, text), in its order."""
    page = client.get(url, query).content.decode()
    return [(datetime.fromisoformat(iso), text) for iso, text in TIMES.findall(page)]


def starts_everywhere(client, pattern, zone):
    """Return the starts of a pattern's meetings as each door tells them, the page's words with the page's."""
    section, person = pattern.sections.get(), reader(zone)
    client.force_login(person)
    api = APIClient()
    api.force_authenticate(person)
    week = {"week": pattern.start_date.isoformat()}
    rows = api.get("/api/v1/meetings/", {"section": str(section.public_id)}).json()["results"]
    table = api.get(f"/api/v1/rooms/{pattern.room.public_id}/timetable/", week).json()
    mine = api.get(f"/api/v1/sections/{section.public_id}/timetable/", week).json()
    meetings = pattern.meetings.select_related("pattern", "room__building").prefetch_related(
        "pattern__sections__course__subject"
    )
    feed = icalendar.Calendar.from_ical(calendar("Classes", meeting_events(meetings))).walk("VEVENT")
    page = times_on(client, reverse("scheduling:section_meetings", args=[section.public_id]))
    # The week's list gives both ends of each; past meetings stand in reverse on the section's page.
    grid = times_on(client, reverse("scheduling:room_week", args=[pattern.room.public_id]), **week)[::2]
    return (
        {
            "model": [one.starts_at for one in pattern.meetings.all()],
            "page": sorted(at for at, _text in page),
            "week page": [at for at, _text in grid],
            "api": [datetime.fromisoformat(row["starts_at"]) for row in rows],
            "room by api": [datetime.fromisoformat(row["starts_at"]) for row in table["entries"]],
            "section by api": [datetime.fromisoformat(row["starts_at"]) for row in mine["entries"]],
            "feed": [event["dtstart"].dt for event in feed],
        },
        [text for _at, text in page],
        [text for _at, text in grid],
    )


@pytest.mark.row("R21", "S01")
@pytest.mark.parametrize(("vector", "zone", "day", "at", "expected", "shown", "moved"), RULES)
def test_a_meeting_is_the_same_instant_at_every_door(client, vector, zone, day, at, expected, shown, moved):
    pattern = meet(zone, day, day, at)
    found, on_page, in_week = starts_everywhere(client, pattern, zone)
    assert found == {door: [instant(expected)] for door in found}
    assert [one.is_shifted for one in pattern.meetings.all()] == [moved]
    assert in_week == [shown]
    assert [shown in text for text in on_page] == [True]


@pytest.mark.row("X02")
@pytest.mark.parametrize(("vector", "zone", "day", "at", "expected", "elsewhere", "seen"), SEEN_ELSEWHERE)
def test_somebody_elsewhere_sees_the_own_wall_clock(client, vector, zone, day, at, expected, elsewhere, seen):
    pattern = meet(zone, day, day, at)
    section = pattern.sections.get()
    client.force_login(reader(elsewhere))
    [(start, text)] = times_on(client, reverse("scheduling:section_meetings", args=[section.public_id]))
    assert (start, seen in text) == (instant(expected), True)
    week = times_on(client, reverse("scheduling:section_week", args=[section.public_id]), week=day)
    assert week[0] == (instant(expected), seen)
    assert elsewhere in client.get(reverse("scheduling:section_week", args=[section.public_id])).content.decode()


def test_v3_an_hour_over_a_gap_lasts_an_hour_at_every_door(client):
    day = date(2027, 3, 14)
    pattern = make_pattern(
        make_section(), "U", time(1, 30), time(2, 30), place("America/New_York"), start_date=day, end_date=day
    )
    client.force_login(reader("America/New_York"))
    url = reverse("scheduling:room_week", args=[pattern.room.public_id])
    assert times_on(client, url, week=day.isoformat()) == [
        (instant("2027-03-14T06:30Z"), "01:30"),
        (instant("2027-03-14T07:30Z"), "03:30"),
    ]
    [event] = icalendar.Calendar.from_ical(calendar("Classes", meeting_events(pattern.meetings.all()))).walk("VEVENT")
    assert event["dtend"].dt == instant("2027-03-14T07:30Z")


@pytest.mark.row("S08")
def test_v5_both_of_a_time_that_happens_twice_can_be_held(client):
    _vector, zone, day, slots = TWICE
    room = place(zone)
    ids = []
    for number, slot in enumerate(slots):
        pattern = make_pattern(
            make_section(), "U", time(10 + number), time(10 + number, 30), room,
            start_date=date.fromisoformat(day), end_date=date.fromisoformat(day),
        )  # fmt: skip
        start = instant(f"{day}T{slot}Z")
        ids.append(pattern.meetings.get().pk)
        operations.move_meeting(pattern.meetings.get(), by=None, starts_at=start, ends_at=start + timedelta(minutes=30))
    expected = [instant(f"{day}T{slot}Z") for slot in slots]
    meetings = Meeting.objects.filter(pk__in=ids).select_related("pattern", "room__building")
    person = reader(zone)
    client.force_login(person)
    api = APIClient()
    api.force_authenticate(person)
    table = api.get(f"/api/v1/rooms/{room.public_id}/timetable/", {"week": day}).json()["entries"]
    feed = icalendar.Calendar.from_ical(calendar("Classes", meeting_events(meetings))).walk("VEVENT")
    week = times_on(client, reverse("scheduling:room_week", args=[room.public_id]), week=day)[::2]
    assert [one.starts_at for one in meetings] == expected
    assert [event["dtstart"].dt for event in feed] == expected
    assert [datetime.fromisoformat(row["starts_at"]) for row in table] == expected
    assert sorted(at for at, _text in week) == expected
    assert sorted(text for _at, text in week) == ["01:00", "01:00", "01:30", "01:30", "02:00", "02:30"]


def test_v11_a_day_that_a_place_skipped_has_no_meeting_at_any_door(client):
    _vector, zone, skipped = SKIPPED
    day = date.fromisoformat(skipped)
    pattern = meet(zone, str(day - timedelta(days=1)), str(day + timedelta(days=1)), "10:00")
    found, _on_page, in_week = starts_everywhere(client, pattern, zone)
    assert found == {door: [instant("2011-12-29T20:00Z"), instant("2011-12-30T20:00Z")] for door in found}
    assert in_week == ["10:00", "10:00"]


@pytest.mark.parametrize(("vector", "zone", "day", "expected"), DAY_ENDS)
def test_v14_the_week_ends_with_its_last_day(client, vector, zone, day, expected):
    # The day is a Sunday: what starts when it is over belongs to the week after.
    room = place(zone)
    end = instant(expected)
    for number, start in enumerate((end - timedelta(minutes=1), end)):
        tuesday = date.fromisoformat(day) - timedelta(days=5)
        pattern = make_pattern(
            make_section(), "T", time(9 + number), time(9 + number, 30), room, start_date=tuesday, end_date=tuesday
        )
        ends = {"starts_at": start, "ends_at": start + timedelta(minutes=1)}
        operations.move_meeting(pattern.meetings.get(), by=None, **ends)
    person = reader(zone)
    client.force_login(person)
    api = APIClient()
    api.force_authenticate(person)

    def in_week_of(monday):
        url = reverse("scheduling:room_week", args=[room.public_id])
        table = api.get(f"/api/v1/rooms/{room.public_id}/timetable/", {"week": str(monday)}).json()["entries"]
        page = [at for at, _text in times_on(client, url, week=str(monday))[::2]]
        assert page == [datetime.fromisoformat(row["starts_at"]) for row in table]
        return page

    monday = date.fromisoformat(day) - timedelta(days=6)
    assert in_week_of(monday) == [end - timedelta(minutes=1)]
    assert in_week_of(monday + timedelta(days=7)) == [end]
