"""Pages of rooms, weeks and clashes: for those who read, and for the registrar."""

from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.makers import adam, alice, ivan, make_user, oscar, rita
from courses.tests.makers import make_section
from scheduling import operations
from scheduling.models import Building, Closure, ConflictOverride, MeetingPattern, Room
from scheduling.tests.makers import make_building, make_pattern, make_room

pytestmark = pytest.mark.django_db
DAY, LAST = date(2031, 9, 1), date(2031, 12, 12)


def url(name, row=None):
    return reverse(f"scheduling:{name}", args=[row.public_id] if row else [])


def text(response, status=200):
    assert response.status_code == status
    return response.content.decode()


@pytest.fixture
def office(client):
    client.force_login(rita())
    return client


def imported(count=2, room=None, people=()):
    """Plan patterns at one time as an import does: the later ones are soft."""
    plans = []
    for _number in range(count):
        one = make_section()
        fields = {"days": 1, "start_time": time(9), "end_time": time(10), "start_date": DAY, "end_date": LAST}
        pattern = MeetingPattern.objects.create(term=one.term, room=room, **fields)
        pattern.sections.set([one])
        plans.append((pattern, [person.pk for person in people]))
    operations.expand_many(plans)
    return [pattern for pattern, _people in plans]


@pytest.mark.row("W10")
def test_a_room_shows_its_week_as_a_grid_and_as_a_list(client):
    room, section = make_room(), make_section()
    make_pattern(section, "M", room=room, start_date=DAY, end_date=DAY)
    client.force_login(oscar())
    assert str(room) in text(client.get(url("room_list")))
    for view in ("", "list"):
        page = text(client.get(url("room_week", room), {"week": "2031-09-03", "view": view}))
        assert str(section) in page
        assert room.building.zone in page
        assert "?week=2031-08-25" in page
        assert "week=2031-09-08" in page
        assert ("week-grid-scroll" in page) == (view == "")
    assert str(section) not in text(client.get(url("room_week", room), {"week": "2031-09-08"}))


@pytest.mark.parametrize("week", ["", "yesterday", "0001-01-01", "9999-12-31", "2031-02-30", "2031-09-01\n"])
def test_a_week_that_is_none_is_this_week(client, week):
    client.force_login(oscar())
    assert client.get(url("room_week", make_room()), {"week": week}).status_code == 200


@pytest.mark.row("W10", "Z01")
def test_a_clash_is_hatched_for_both_and_dashed_for_the_one_that_gives_way(office):
    room = make_room()
    first, second = imported(room=room)
    page = office.get(url("room_week", room), {"week": "2031-09-01"})
    items = page.context["grid"]["days"][0]["items"]
    marks = {item["title"]: (item["clash"], item["soft"]) for item in items}
    assert marks == {str(first.sections.get()): (True, False), str(second.sections.get()): (True, True)}
    operations.cancel_meeting(first.meetings.first(), by=rita(), reason="Fire drill")
    page = office.get(url("room_week", room), {"week": "2031-09-01"})
    items = page.context["grid"]["days"][0]["items"]
    marks = {item["title"]: (item["clash"], item["cancelled"], item["note"]) for item in items}
    assert marks == {
        str(first.sections.get()): (False, True, "Fire drill"),
        str(second.sections.get()): (False, False, ""),
    }


@pytest.mark.row("W10")
def test_a_section_s_week_is_for_those_who_see_the_section(client):
    hidden, shown = make_section(status="planned", instructor=ivan()), make_section()
    for person, statuses in ((ivan(), (200, 200)), (rita(), (200, 200)), (alice(), (404, 200))):
        client.force_login(person)
        for name in ("section_week", "section_meetings"):
            assert tuple(client.get(url(name, one)).status_code for one in (hidden, shown)) == statuses
    client.logout()
    assert client.get(url("section_week", shown)).status_code == 302


@pytest.mark.row("W10")
def test_a_person_s_week_is_for_that_person_and_the_registrar(client):
    section = make_section()
    make_pattern(section, "M", instructors=[ivan()], start_date=DAY, end_date=DAY)
    for person, status in ((ivan(), 200), (rita(), 200), (adam(), 404), (alice(), 404), (oscar(), 404)):
        client.force_login(person)
        page = client.get(url("instructor_week", ivan()), {"week": "2031-09-01"})
        assert page.status_code == status
        assert (str(section) in page.content.decode()) == (status == 200)


@pytest.mark.row("K08")
def test_the_registrar_sees_that_an_instructor_is_busy_and_not_with_whom(office):
    from appointments import operations as office_hours
    from appointments.tests.makers import at, future_day, make_type

    office_hours.book(make_type(ivan()), alice(), at(9), by=alice(), topic="Private matter")
    page = text(office.get(url("instructor_week", ivan()), {"week": future_day().isoformat()}))
    assert "Busy" in page
    assert "Alice" not in page
    assert "Private matter" not in page


@pytest.mark.row("S07")
def test_rooms_are_found_by_building_seats_and_feature(client):
    oak = make_building("OAK")
    small, large = make_room("1", oak, 20), make_room("2", oak, 200)
    unknown = make_room("3", capacity=None)
    old = make_room("4", oak, 200, is_active=False)
    operations.change_room(large, by=rita(), features=["Projector"])
    client.force_login(alice())

    def found(**query):
        return set(client.get(url("room_list"), query).context["page_obj"])

    assert found() == {small, large, unknown}
    assert found(building="OAK") == {small, large}
    assert found(seats=100) == {large, unknown}
    assert found(feature="Projector") == {large}
    assert found(use="out") == {old}
    assert found(q="oak 2", use="all") == {large}
    assert found(seats="many") == set()


def test_the_registrar_makes_changes_and_retires_a_room(office):
    building = make_building()
    data = {"building": building.pk, "code": "101", "name": "", "capacity": 30, "is_active": "on", "features": "a, b"}
    assert office.post(url("room_create"), data).status_code == 302
    room = Room.objects.get()
    assert [row.name for row in room.features.all()] == ["a", "b"]
    again = text(office.post(url("room_create"), data))
    assert "This building has a room with this code already." in again
    make_pattern(make_section(capacity=30), "M", room=room, start_date=DAY, end_date=LAST)
    assert "15 meetings are still to come" in text(office.get(url("room_retire", room)))
    assert office.post(url("room_retire", room)).status_code == 302
    room.refresh_from_db()
    assert not room.is_active
    assert office.post(url("room_edit", room), data | {"capacity": 40, "features": ""}).status_code == 302
    room.refresh_from_db()
    assert (room.capacity, room.is_active, room.features.count()) == (40, True, 0)


def test_the_registrar_makes_and_changes_a_building(office):
    data = {"code": "OAK", "name": "Oak Hall", "zone": "America/New_York"}
    assert office.post(url("building_create"), data).status_code == 302
    building = Building.objects.get()
    assert office.post(url("building_edit", building), data | {"name": "Oak House"}).status_code == 302
    assert "Oak House" in text(office.get(url("building_list")))
    assert text(office.post(url("building_create"), data)).count("Building with this Code already exists.") >= 1


@pytest.mark.row("S02")
def test_a_closure_says_what_follows_before_it_is_done(office):
    pattern = make_pattern(make_section(), "M", start_date=DAY, end_date=LAST)
    days = {"name": "Break", "start_date": "2031-10-13", "end_date": "2031-10-17"}
    asked = text(office.post(url("closure_create"), days))
    assert "1 meeting will be cancelled." in asked
    assert not Closure.objects.exists()
    sure = days | {"sure": "2031-10-13/2031-10-17"}
    # Other days than those that were shown are asked about again.
    assert "will be cancelled" in text(office.post(url("closure_create"), sure | {"end_date": "2031-10-20"}))
    assert office.post(url("closure_create"), sure).status_code == 302
    closure = Closure.objects.get()
    assert pattern.meetings.standing().count() == 14
    moved = {"start_date": "2031-10-14", "end_date": "2031-10-14"}
    assert "1 meeting will stand again." in text(office.post(url("closure_move", closure), moved))
    done = office.post(url("closure_move", closure), moved | {"sure": "2031-10-14/2031-10-14"}, follow=True)
    assert "Break is moved." in text(done)
    assert "No meeting is touched." in text(office.get(url("closure_remove", closure)))
    assert office.post(url("closure_remove", closure)).status_code == 302
    assert not Closure.objects.exists()


def test_a_closure_that_ends_before_it_starts_is_refused(office):
    days = {"name": "Break", "start_date": "2031-10-14", "end_date": "2031-10-13"}
    page = text(office.post(url("closure_create"), days | {"sure": "2031-10-14/2031-10-13"}))
    assert "The last day cannot be before the first." in page
    assert not Closure.objects.exists()


@pytest.mark.row("S12", "W11")
def test_the_clash_list_names_both_sides_and_is_for_staff(client):
    patterns = imported(room=make_room())
    client.force_login(rita())
    page = text(client.get(url("clash_list")))
    for pattern in patterns:
        section = pattern.sections.get()
        assert f'<a href="/classes/{section.public_id}/">{section}</a>' in page
    assert "15 dates" in page
    for person in (oscar(), ivan(), alice()):
        client.force_login(person)
        assert client.get(url("clash_list")).status_code == 403
        assert client.get(url("clash_accept", patterns[1])).status_code == 403


@pytest.mark.row("W11")
def test_a_clash_is_accepted_with_a_reason_and_then_listed_apart(office):
    _first, second = imported(room=make_room(), people=[make_user()])
    page = office.get(url("clash_accept", second))
    keys = [key for key, _label in page.context["form"].fields["lines"].choices]
    assert len(keys) == 2
    refused = text(office.post(url("clash_accept", second), {"lines": keys[:1], "reason": ""}))
    assert "This field is required." in refused
    assert not ConflictOverride.objects.exists()
    done = office.post(url("clash_accept", second), {"lines": keys[:1], "reason": "Outdoors"}, follow=True)
    assert "The clashes on 15 dates are accepted." in text(done)
    assert "Outdoors" in text(office.get(url("clash_list"), {"state": "accepted"}))
    assert len(office.get(url("clash_list")).context["lines"]) == 1
    gone = text(office.post(url("clash_accept", second), {"lines": keys[:1], "reason": "Again"}))
    assert "Select a valid choice" in gone


@pytest.mark.row("W11")
def test_the_clash_list_is_filtered_by_kind_and_term(office):
    imported(room=make_room(), people=[make_user()])
    term = MeetingPattern.objects.first().term.code

    def lines(**query):
        return [line.kind for line in office.get(url("clash_list"), query).context["lines"]]

    assert sorted(lines()) == ["person", "room"]
    assert (lines(kind="room"), lines(kind="person")) == (["room"], ["person"])
    assert len(lines(term=term)) == 2
    assert lines(term="no such term") == lines(kind="no such kind") == []


@pytest.mark.parametrize(
    "name", ["room_create", "building_create", "closure_create", "room_edit", "room_retire", "building_edit"]
)
def test_pages_that_change_rooms_are_for_the_registrar(client, name):
    room = make_room()
    row = {"room": room, "building": room.building}.get(name.split("_")[0]) if not name.endswith("create") else None
    address = url(name, row)
    assert client.get(address).status_code == 302
    for person in (oscar(), ivan(), alice()):
        client.force_login(person)
        assert client.get(address).status_code == client.post(address, {"code": "X"}).status_code == 403
    client.force_login(rita())
    assert client.get(address).status_code == 200


@pytest.mark.row("R118")
@pytest.mark.parametrize("name", ["room_list", "building_list", "closure_list", "clash_list"])
def test_lists_take_the_same_queries_for_few_and_many(office, name):
    counts = []
    for more in (2, 12):
        for _number in range(more):
            imported(room=make_room(), people=[make_user()])
            operations.change_room(Room.objects.last(), by=None, features=["Projector"])
            Closure.objects.create(name="Day", start_date=DAY, end_date=DAY)
        office.get(url(name))
        with CaptureQueriesContext(connection) as seen:
            office.get(url(name))
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 15


@pytest.mark.row("R118")
@pytest.mark.parametrize("name", ["section_meetings", "section_week", "room_week", "instructor_week"])
def test_a_section_s_pages_take_the_same_queries_for_one_meeting_and_many(office, name):
    counts, room = [], make_room()
    for days in ("M", "MTWRF"):
        section, teacher = make_section(), make_user(given_name="Tea", family_name="Cher")
        place = room if name != "room_week" else make_room()
        hours = {"start": time(8), "end": time(8, 50)} if days == "M" else {}
        make_pattern(section, days, room=place, instructors=[teacher], start_date=DAY, end_date=LAST, **hours)
        row = {"room_week": place, "instructor_week": teacher}.get(name, section)
        office.get(url(name, row))
        with CaptureQueriesContext(connection) as seen:
            office.get(url(name, row), {"week": "2031-09-01"})
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 15


@pytest.mark.row("W10", "S02")
def test_a_closure_stands_on_top_of_its_days(office):
    room = make_room()
    Closure.objects.create(name="Harvest break", start_date=date(2031, 9, 3), end_date=date(2031, 9, 9))
    days = office.get(url("room_week", room), {"week": "2031-09-01"}).context["grid"]["days"]
    titles = [[item["title"] for item in day["items"] if item["all_day"]] for day in days]
    assert titles == [[], [], *[["Closed: Harvest break"]] * 3]
    assert "Closed: Harvest break" in text(office.get(url("room_week", room), {"week": "2031-09-09", "view": "list"}))


def test_nothing_is_offered_to_plan_for_a_section_that_is_over(office):
    over, open_one = make_section(status="completed"), make_section()
    assert url("pattern_create", open_one) in text(office.get(url("section_meetings", open_one)))
    assert url("pattern_create", over) not in text(office.get(url("section_meetings", over)))
