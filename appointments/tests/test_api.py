"""The API of office hours under careless and nasty hands."""

import uuid

import pytest
from rest_framework.test import APIClient

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from appointments import operations
from appointments.models import Appointment, AppointmentType, AvailabilityOverride
from appointments.tests.makers import at, future_day, make_type
from courses.models import SectionInstructor
from students.tests.makers import make_open_section

pytestmark = pytest.mark.django_db
BASE = "/api/v1/"


def api(person):
    client = APIClient()
    client.force_authenticate(person)
    return client


def slots_of(client, type, **more):
    span = {"from": at(8).isoformat(), "to": at(12).isoformat()}
    return client.get(f"{BASE}appointment-types/{type.public_id}/slots/", span | more)


@pytest.mark.row("I05")
@pytest.mark.parametrize(
    ("where", "data", "model"),
    [
        ("appointment-types/", {"title": "Thesis"}, AppointmentType),
        ("availability/overrides/", {"kind": "block", "start_date": "2031-01-06", "end_date": "2031-01-07"},
         AvailabilityOverride),
    ],
)  # fmt: skip
def test_a_repeated_creation_with_its_key_makes_one(where, data, model):
    client = api(ivan())
    answers = [client.post(BASE + where, data, format="json", headers={"Idempotency-Key": "k"}) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert model.objects.count() == 1
    other = client.post(BASE + where, data | {"note": "x"}, format="json", headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


@pytest.mark.row("P09")
def test_a_student_at_the_limit_reads_why_no_time_is_offered():
    type = make_type(ivan(), max_open_per_student=1)
    operations.book(type, alice(), at(9), by=alice())
    answer = slots_of(api(alice()), type).json()
    assert answer["slots"] == []
    assert [rule["rule"] for rule in answer["rules"] if not rule["passed"]] == ["limit_open"]
    assert slots_of(api(ivan()), type).json()["rules"] == []


@pytest.mark.row("P16")
def test_a_host_books_for_a_named_student_and_nobody_else_does():
    type, student = make_type(ivan(), notice_minutes=60 * 24 * 30), alice()
    data = {"type": str(type.public_id), "starts_at": at(9).isoformat(), "student": str(student.public_id)}
    for person, status in ((oscar(), 404), (rita(), 404), (make_user(roles=["instructor"]), 404)):
        assert api(person).post(BASE + "appointments/", data, format="json").status_code == status
    own = {name: value for name, value in data.items() if name != "student"}
    too_soon = api(student).post(BASE + "appointments/", own, format="json")
    assert (too_soon.status_code, too_soon.json()["code"]) == (409, "too_soon")
    assert api(oscar()).post(BASE + "appointments/", own, format="json").status_code == 403
    assert api(ivan()).post(BASE + "appointments/", data, format="json").status_code == 201
    assert Appointment.objects.get().booked_by == ivan()


def test_the_audience_of_a_type_is_of_sections_that_its_host_teaches():
    mine, other = make_open_section(), make_open_section()
    SectionInstructor.objects.create(section=mine, instructor=ivan(), is_primary=True)
    client = api(ivan())
    made = client.post(BASE + "appointment-types/", {"title": "T", "sections": [str(mine.public_id)]}, format="json")
    assert (made.status_code, made.json()["sections"]) == (201, [str(mine.public_id)])
    where = f"{BASE}appointment-types/{made.json()['id']}/"
    for wrong in ([str(other.public_id)], [str(uuid.uuid4())], "x", [1], None):
        answer = client.patch(where, {"sections": wrong}, format="json")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["sections"])
    assert client.patch(where, {"sections": []}, format="json").json()["sections"] == []


def test_types_of_others_are_read_and_not_changed_and_archived_ones_are_hidden():
    type = make_type(ivan())
    where = f"{BASE}appointment-types/{type.public_id}/"
    for person in (alice(), make_user(roles=["instructor"]), rita()):
        client = api(person)
        assert client.get(where).status_code == 200
        assert client.patch(where, {"title": "Mine"}, format="json").status_code == 403
        assert client.post(where + "archive/").status_code == 403
    assert api(ivan()).post(where + "archive/").json()["status"] == "archived"
    assert api(alice()).get(where).status_code == 404
    assert api(ivan()).get(where).status_code == 200
    assert api(alice()).post(where + "offer/").status_code == 404
    assert api(ivan()).post(where + "offer/").json()["status"] == "active"


def test_a_refused_change_of_availability_changes_nothing():
    client = api(ivan())
    client.put(BASE + "availability/", {"zone": "Europe/Berlin", "hours": []}, format="json")
    window = {"weekday": "mon", "start_time": "09:00", "end_time": "11:00"}
    answer = client.put(BASE + "availability/", {"zone": "Asia/Tokyo", "hours": [window, window]}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "windows_overlap")
    answer = client.put(BASE + "availability/", {"zone": "Mars/Olympus", "hours": []}, format="json")
    assert answer.status_code == 400
    backward = window | {"start_date": "2031-02-01", "end_date": "2031-01-01"}
    assert client.put(BASE + "availability/", {"hours": [backward]}, format="json").status_code == 400
    assert client.get(BASE + "availability/").json()["zone"] == "Europe/Berlin"


ODD = ["", "x", "\u0000", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", 10**23, -1, [], {}, None, True, "2031-01-32"]


@pytest.mark.parametrize("value", ODD)
def test_no_odd_value_crashes_a_door(value):
    type = make_type(ivan())
    booked = operations.book(type, alice(), at(9), by=alice())
    student, host = api(alice()), api(ivan())
    one = f"{BASE}appointments/{booked.public_id}/"
    asked = [
        student.post(BASE + "appointments/", {"type": str(type.public_id), "starts_at": value}, format="json"),
        student.post(BASE + "appointments/", {"type": value, "starts_at": at(10).isoformat()}, format="json"),
        student.post(one + "move/", {"starts_at": value}, format="json"),
        student.post(one + "cancel/", {"reason": value, "x": 1}, format="json"),
        student.get(f"{BASE}appointment-types/{type.public_id}/slots/", {"from": value or "", "to": value or ""}),
        student.get(BASE + "timetable/", {"week": value or ""}),
        host.post(BASE + "appointment-types/", {"title": "T", "duration_minutes": value, "x": 1}, format="json"),
        host.put(BASE + "availability/", {"hours": value, "x": 1}, format="json"),
        host.post(BASE + "availability/overrides/", {"kind": "block", "start_date": value, "end_date": value, "x": 1},
                  format="json"),
    ]  # fmt: skip
    assert {answer.status_code for answer in asked} <= {400, 404, 409}
    booked.refresh_from_db()
    assert (booked.status, booked.session.starts_at) == ("confirmed", at(9))


@pytest.mark.row("P02")
def test_an_override_of_the_other_kind_needs_its_hours():
    client, day = api(ivan()), str(future_day())
    base = {"start_date": day, "end_date": day}
    for wrong in (
        {"kind": "replace"},
        {"kind": "add", "start_time": "10:00"},
        {"kind": "add", "end_time": "10:00"},
        {"kind": "add", "start_time": "11:00", "end_time": "10:00"},
        {"kind": "block", "start_time": "10:00", "end_time": "11:00"},
        {"kind": "block", "end_date": "2000-01-01"},
    ):
        assert client.post(BASE + "availability/overrides/", base | wrong, format="json").status_code == 400
    assert not AvailabilityOverride.objects.exists()
