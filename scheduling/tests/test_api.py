"""Rooms and times by script: read by those who are signed in, changed by the registrar."""

from datetime import UTC, date, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.tests.makers import adam, alice, ivan, make_user, oscar, rita
from courses.tests.makers import make_section
from scheduling import operations
from scheduling.models import Building, Closure, ConflictOverride, Meeting, MeetingPattern, Room
from scheduling.tests.makers import make_building, make_pattern, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.row("I06")]
DAY, LAST = date(2031, 9, 1), date(2031, 12, 12)
NOBODY = "00000000-0000-0000-0000-000000000000"


def api_of(person):
    api = APIClient()
    if person is not None:
        api.force_authenticate(person)
    return api


@pytest.fixture
def office():
    return api_of(rita())


def section(**more):
    return make_section(start_date=DAY, end_date=LAST, **more)


def plan(*sections, **more):
    times = {"days": ["mon"], "start_time": "10:00", "end_time": "10:50"}
    return {"sections": [str(one.public_id) for one in sections], **times, **more}


def imported(count=2, room=None, people=()):
    plans = []
    for _number in range(count):
        one = section()
        fields = {"days": 1, "start_time": time(9), "end_time": time(10), "start_date": DAY, "end_date": LAST}
        pattern = MeetingPattern.objects.create(term=one.term, room=room, **fields)
        pattern.sections.set([one])
        plans.append((pattern, [person.pk for person in people]))
    operations.expand_many(plans)
    return [pattern for pattern, _people in plans]


LISTS = ["buildings", "rooms", "closures", "patterns", "meetings"]


@pytest.mark.row("R118")
@pytest.mark.parametrize("name", LISTS)
def test_lists_take_the_same_queries_for_few_and_many(name):
    reader, counts = alice(), []
    reader.has_perm("any")
    api = api_of(reader)
    for more in (2, 12):
        for _number in range(more):
            make_pattern(section(), "M", room=make_room(), instructors=[make_user()], end_date=DAY)
            operations.change_room(Room.objects.last(), by=None, features=["Projector"])
            Closure.objects.create(name="Day", start_date=LAST, end_date=LAST)
        with CaptureQueriesContext(connection) as seen:
            rows = api.get(f"/api/v1/{name}/").json()["results"]
        counts.append((len(rows), len(seen)))
    assert counts[0][0] < counts[1][0]
    assert counts[0][1] == counts[1][1] <= 15


@pytest.mark.parametrize("name", [*LISTS, "clashes"])
def test_nothing_is_read_without_signing_in(name):
    assert api_of(None).get(f"/api/v1/{name}/").status_code == 401


@pytest.mark.row("I05")
def test_buildings_and_rooms_are_made_and_changed(office):
    oak, key = {"code": "OAK", "name": "Oak Hall"}, {"Idempotency-Key": "1"}
    made = office.post("/api/v1/buildings/", oak, format="json", headers=key)
    assert made.status_code == 201
    again = office.post("/api/v1/buildings/", oak, format="json", headers=key)
    assert (again.status_code, again.json()) == (201, made.json())
    data = {"building": made.json()["id"], "code": "1", "capacity": 30, "features": ["Projector"]}
    room = office.post("/api/v1/rooms/", data, format="json").json()
    assert (room["label"], room["capacity"], room["features"], room["is_active"]) == ("OAK 1", 30, ["Projector"], True)
    address = f"/api/v1/rooms/{room['id']}/"
    assert office.patch(address, {"is_active": False}, format="json").json()["is_active"] is False
    building = f"/api/v1/buildings/{made.json()['id']}/"
    assert office.patch(building, {"name": "Oak House"}, format="json").json()["name"] == "Oak House"
    refused = office.post("/api/v1/rooms/", data, format="json")
    assert (refused.status_code, refused.json()["errors"]) == (
        400, {"__all__": ["This building has a room with this code already."]}
    )  # fmt: skip
    assert (Building.objects.count(), Room.objects.count()) == (1, 1)


@pytest.mark.row("S07")
def test_rooms_are_filtered():
    api, oak = api_of(alice()), make_building("OAK")
    small, large, other = make_room("1", oak, 20), make_room("2", oak, 200), make_room("3", capacity=None)
    operations.change_room(large, by=None, features=["Projector"])

    def found(**query):
        answer = api.get("/api/v1/rooms/", query)
        return {row["id"] for row in answer.json()["results"]} if answer.status_code == 200 else answer.status_code

    assert found(building="oak") == {str(small.public_id), str(large.public_id)}
    assert found(seats=100) == {str(large.public_id), str(other.public_id)}
    assert found(feature="projector") == found(search="oak 2") == {str(large.public_id)}
    assert found(is_active="false") == set()
    assert found(seat=100) == found(seats="many") == found(page_size=0) == 400


@pytest.mark.row("S02")
def test_closures_are_made_moved_and_removed(office):
    pattern = make_pattern(section(), "M")
    days = {"start_date": "2031-10-13", "end_date": "2031-10-17"}
    made = office.post("/api/v1/closures/", {"name": "Break", **days}, format="json")
    assert made.status_code == 201
    assert pattern.meetings.standing().count() == 14
    address = f"/api/v1/closures/{made.json()['id']}/"
    moved = {"start_date": "2031-10-14", "end_date": "2031-10-14"}
    assert office.post(f"{address}move/", moved, format="json").json() == {"clashes": 0}
    assert pattern.meetings.standing().count() == 15
    found = api_of(alice()).get("/api/v1/closures/", {"on": "2031-10-14"}).json()["results"]
    assert [row["name"] for row in found] == ["Break"]
    assert office.delete(address).json() == {"clashes": 0}
    assert office.delete(address).status_code == 404
    wrong = {"name": "Break", "start_date": "2031-10-14", "end_date": "2031-10-13"}
    assert office.post("/api/v1/closures/", wrong, format="json").status_code == 400


@pytest.mark.row("S01", "I05")
def test_a_pattern_is_planned_once_for_one_key(office):
    one, room = section(instructor=ivan()), make_room()
    data = plan(one, room=str(room.public_id), instructors=[str(ivan().public_id)], days=["mon", "wed"])
    answers = [office.post("/api/v1/patterns/", data, format="json", headers={"Idempotency-Key": "a"}) for _ in "12"]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    body = answers[0].json()
    assert {name: body[name] for name in ("sections", "days", "start_time", "room", "start_date", "end_date")} == {
        "sections": [str(one.public_id)],
        "days": ["mon", "wed"],
        "start_time": "10:00:00",
        "room": str(room.public_id),
        "start_date": "2031-09-01",
        "end_date": "2031-12-12",
    }
    assert Meeting.objects.count() == 30
    rows = api_of(alice()).get("/api/v1/meetings/", {"section": str(one.public_id), "page_size": 200}).json()["results"]
    assert len(rows) == 30
    window = {"starts_from": "2031-09-01T00:00:00Z", "starts_before": "2031-09-09T00:00:00Z"}
    assert len(api_of(alice()).get("/api/v1/meetings/", window).json()["results"]) == 3


@pytest.mark.row("S03", "S12")
def test_a_clash_is_a_409_that_names_the_other_event_and_is_kept_with_a_reason(office):
    room, other = make_room(), section()
    make_pattern(other, "M", room=room)
    data = plan(section(), room=str(room.public_id))
    refused = office.post("/api/v1/patterns/", data, format="json")
    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    body = refused.json()
    assert (body["code"], body["field"]) == ("room_taken", "room")
    [clash] = body["facts"]["clashes"]
    assert (clash["event"], clash["url"], clash["dates"]) == (str(other), f"/classes/{other.public_id}/", 15)
    assert datetime.fromisoformat(clash["starts_at"]) == other.patterns.get().meetings.first().starts_at
    kept = office.post("/api/v1/patterns/", data | {"clash_reason": "Outdoors"}, format="json")
    assert kept.status_code == 201
    assert ConflictOverride.objects.filter(reason="Outdoors").count() == 15


@pytest.mark.row("S06")
def test_a_small_room_is_a_409_and_is_used_with_a_reason(office):
    room = make_room(capacity=5)
    data = plan(section(), room=str(room.public_id))
    assert office.post("/api/v1/patterns/", data, format="json").json()["code"] == "room_too_small"
    data["capacity_reason"] = "Half attend online"
    assert office.post("/api/v1/patterns/", data, format="json").status_code == 201


def test_a_pattern_is_changed_and_ended(office):
    pattern = make_pattern(section(), "M")
    address = f"/api/v1/patterns/{pattern.public_id}/"
    body = office.patch(address, {"days": ["tue"], "start_time": "15:00", "end_time": "16:00"}, format="json").json()
    assert (body["days"], body["start_time"]) == (["tue"], "15:00:00")
    assert office.post(f"{address}end/", {}, format="json").status_code == 400
    assert office.post(f"{address}end/", {"reason": "Too few"}, format="json").status_code == 200
    assert not pattern.meetings.standing().exists()


@pytest.mark.row("S08")
def test_one_meeting_is_moved_and_cancelled(office):
    meeting = make_pattern(section(), "M", room=make_room()).meetings.first()
    address, room = f"/api/v1/meetings/{meeting.public_id}/", make_room()
    data = {
        "starts_at": "2031-09-02T18:00:00-04:00", "ends_at": "2031-09-02T19:00:00-04:00",
        "room": str(room.public_id), "reason": "Fire drill",
    }  # fmt: skip
    body = office.post(f"{address}move/", data, format="json").json()
    assert (body["room"], body["status"]) == (str(room.public_id), "moved")
    assert datetime.fromisoformat(body["starts_at"]) == datetime(2031, 9, 2, 22, tzinfo=UTC)
    body = office.post(f"{address}cancel/", {"reason": "Ill"}, format="json").json()
    assert (body["status"], body["reason"]) == ("cancelled", "Ill")
    again = office.post(f"{address}move/", data, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "meeting_cancelled")


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": ["funday"]},
        {"days": "mon"},
        {"start_time": "25:00"},
        {"start_time": "10:00:30", "end_time": "10:00:45"},
        {"end_time": "09:00"},
        {"start_date": "9999-12-31", "end_date": "9999-12-31"},
        {"start_date": "0001-01-01"},
        {"start_date": "9998-01-01", "end_date": "9998-02-01"},
        {"interval_weeks": 10**30},
        {"room": NOBODY},
        {"room": "x\u0000y"},
        {"instructors": [NOBODY]},
        {"sections": []},
        {"sections": [NOBODY]},
        {"section": "x"},
        {"kind": "party"},
    ],
)
def test_malformed_plans_are_400(office, wrong):
    answer = office.post("/api/v1/patterns/", plan(section()) | wrong, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert not MeetingPattern.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_at": "2031-09-02T19:00:00Z"},
        {"ends_at": "2031-09-04T19:00:00Z"},
        {"starts_at": "9999-12-31T23:00:00Z", "ends_at": "9999-12-31T23:59:00Z"},
        {"starts_at": "0001-01-01T00:00:00Z", "ends_at": "0001-01-01T01:00:00Z"},
        {"starts_at": "soon"},
        {"reason": ""},
    ],
)
def test_malformed_moves_are_400(office, wrong):
    meeting = make_pattern(section(), "M").meetings.first()
    data = {"starts_at": "2031-09-02T18:00:00Z", "ends_at": "2031-09-02T19:00:00Z", "reason": "x"} | wrong
    assert office.post(f"/api/v1/meetings/{meeting.public_id}/move/", data, format="json").status_code == 400
    assert Meeting.objects.get(pk=meeting.pk).status == "scheduled"


def writes(pattern, room, closure, building):
    """Return every writing request as (method, address, data)."""
    meeting = pattern.meetings.first()
    days = {"start_date": "2031-10-14", "end_date": "2031-10-14"}
    hour = {"starts_at": "2031-09-02T18:00:00Z", "ends_at": "2031-09-02T19:00:00Z", "reason": "x"}
    return [
        ("post", "buildings/", {"code": "X", "name": "X"}),
        ("patch", f"buildings/{building.public_id}/", {"name": "X"}),
        ("post", "rooms/", {"building": str(building.public_id), "code": "X"}),
        ("patch", f"rooms/{room.public_id}/", {"name": "X"}),
        ("post", "closures/", {"name": "X", **days}),
        ("post", f"closures/{closure.public_id}/move/", days),
        ("delete", f"closures/{closure.public_id}/", {}),
        ("post", "patterns/", plan(pattern.sections.get())),
        ("patch", f"patterns/{pattern.public_id}/", {"days": ["tue"]}),
        ("post", f"patterns/{pattern.public_id}/end/", {"reason": "x"}),
        ("post", f"meetings/{meeting.public_id}/move/", hour),
        ("post", f"meetings/{meeting.public_id}/cancel/", {"reason": "x"}),
        ("post", "clashes/accept/", {"pattern": str(pattern.public_id), "keys": ["x"], "reason": "x"}),
    ]


def test_writing_is_for_the_registrar():
    room = make_room()
    pattern = make_pattern(section(instructor=ivan()), "M", room=room, instructors=[ivan()])
    closure = Closure.objects.create(name="Day", start_date=date(2031, 10, 7), end_date=date(2031, 10, 7))
    for person, status in ((None, 401), (oscar(), 403), (alice(), 403), (ivan(), 403)):
        for method, address, data in writes(pattern, room, closure, room.building):
            answer = getattr(api_of(person), method)(f"/api/v1/{address}", data, format="json")
            assert answer.status_code == status, address
    assert pattern.meetings.filter(status="scheduled").count() == 15
    assert Building.objects.count() == 1


def test_what_is_hidden_is_not_there():
    hidden = section(status="planned", instructor=ivan())
    pattern = make_pattern(hidden, "M")
    meeting = pattern.meetings.first()
    addresses = [
        f"patterns/{pattern.public_id}/", f"meetings/{meeting.public_id}/", f"sections/{hidden.public_id}/timetable/",
        f"rooms/{NOBODY}/timetable/", f"closures/{NOBODY}/",
    ]  # fmt: skip
    assert [api_of(alice()).get(f"/api/v1/{address}").status_code for address in addresses] == [404] * 5
    assert [api_of(ivan()).get(f"/api/v1/{address}").status_code for address in addresses] == [200] * 3 + [404] * 2
    for person in (alice(), oscar()):
        api = api_of(person)
        assert api.post(f"/api/v1/meetings/{meeting.public_id}/cancel/", {"reason": "x"}).status_code == 404
        assert api.get("/api/v1/meetings/").json()["results"] == []


@pytest.mark.row("W10")
def test_the_timetable_of_a_room_says_busy_of_what_the_caller_may_not_see():
    room, shown, hidden = make_room(), section(), section(status="planned")
    make_pattern(shown, "M", room=room)
    make_pattern(hidden, "T", room=room)
    address = f"/api/v1/rooms/{room.public_id}/timetable/"
    body = api_of(alice()).get(address, {"week": "2031-09-03"}).json()
    assert (body["week"], body["zone"]) == ("2031-09-01", room.building.zone)
    assert [row["title"] for row in body["entries"]] == [str(shown), "Busy"]
    assert [row["title"] for row in api_of(rita()).get(address, {"week": "2031-09-03"}).json()["entries"]] == [
        str(shown), str(hidden)
    ]  # fmt: skip
    for week in ("soon", "0001-01-01", "9999-12-31"):
        assert api_of(alice()).get(address, {"week": week}).status_code == 400
    assert api_of(alice()).get(address, {"day": "2031-09-03"}).status_code == 400


@pytest.mark.row("W11")
def test_clashes_are_listed_and_accepted(office):
    first, second = imported(room=make_room(), people=[make_user()])
    rows = office.get("/api/v1/clashes/").json()
    assert sorted((row["kind"], row["dates"]) for row in rows) == [("person", 15), ("room", 15)]
    assert {row["soft"]["pattern"] for row in rows} == {str(second.public_id)}
    assert {row["other"]["section"] for row in rows} == {str(first.sections.get().public_id)}
    [room] = office.get("/api/v1/clashes/", {"kind": "room"}).json()
    data = {"pattern": str(second.public_id), "keys": [room["key"]], "reason": "Outdoors"}
    assert office.post("/api/v1/clashes/accept/", data, format="json").json() == {"accepted": 15}
    again = office.post("/api/v1/clashes/accept/", data, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "clash_gone")
    [kept] = office.get("/api/v1/clashes/", {"accepted": "true", "term": first.term.code}).json()
    assert kept["accepted_because"] == "Outdoors"
    assert office.get("/api/v1/clashes/", {"kind": "x"}).status_code == 400
    assert office.get("/api/v1/clashes/", {"term": "none"}).status_code == 404
    assert api_of(adam()).get("/api/v1/clashes/").status_code == 200
    assert api_of(ivan()).get("/api/v1/clashes/").status_code == 403


@pytest.mark.row("W10")
def test_the_timetable_of_a_person_is_for_that_person_and_the_registrar():
    one = section()
    make_pattern(one, "M", instructors=[ivan()])
    address = f"/api/v1/people/{ivan().public_id}/timetable/"
    for person in (ivan(), rita()):
        body = api_of(person).get(address, {"week": "2031-09-01"}).json()
        assert [row["title"] for row in body["entries"]] == [str(one)]
    for person in (adam(), alice(), oscar(), make_user(roles=["instructor"])):
        assert api_of(person).get(address).status_code == 404
