"""The main journeys by a script that has only the OpenAPI document."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from accounts.tests.makers import PASSWORD, alice, ivan, rita
from appointments.tests.makers import make_type
from coursemgmt.tests.api_script import Script
from courses.tests.makers import make_course, make_section, make_term
from students import operations
from students.tests.makers import make_student, meet

pytestmark = pytest.mark.django_db


@pytest.fixture
def classes():
    """Return an open section and a full one, taught by Ivan, who has office hours."""
    term, host = make_term(), ivan()
    open_one = make_section(term=term, course=make_course("HIST", "12", title="The World since 1500"), instructor=host)
    full = make_section(
        term=term, course=make_course("ART", "30", title="Drawing from Life"), capacity=1, instructor=host
    )
    meet(open_one, days=1, start=time(9), end=time(10))
    meet(full, days=2, start=time(11), end=time(12))
    operations.enroll(make_student(), full, by=None)
    make_type(host, title="Office hour", notice_minutes=0, cancel_cutoff_minutes=0, move_cutoff_minutes=0)
    return open_one, full


def later(days):
    return (timezone.now() + timedelta(days=days)).isoformat()


def as_(person):
    return Script().sign_in(person.email, PASSWORD)


@pytest.mark.row("I01", "W07", "W08", "W09", "E08", "P14", "K07")
def test_a_student_finds_enrolls_waits_books_moves_cancels_and_drops(classes):
    script = as_(alice())
    [found] = script.every("classes_list", q="world since")
    section = found["section"]["id"]
    assert script.call("sections_registration_check_retrieve", public_id=section)["ok"]
    enrollment = script.call("sections_request_seat_create", {}, public_id=section)["enrollment"]
    assert enrollment["status"] == "registered"
    refused = script.call("sections_request_seat_create", {}, public_id=section, status=409)
    assert refused["code"] == "already_enrolled"

    [full] = script.every("classes_list", q="ART 30")
    assert full["seats"]["free"] == 0
    place = script.call("sections_request_seat_create", {}, public_id=full["section"]["id"])["waitlist_entry"]
    assert (place["position"], place["line_length"]) == (1, 1)

    week = script.call("timetable_retrieve")
    assert any("HIST 12" in entry["title"] for entry in week["entries"])

    [kind] = script.every("appointment_types_list")
    span = {"from": later(1), "to": later(14)}
    first, *_rest, last = script.call("appointment_types_slots_retrieve", public_id=kind["id"], **span)["slots"]
    booked = script.call(
        "appointments_create", {"type": kind["id"], "starts_at": first["starts_at"], "topic": "My essay"}
    )
    moved = script.call("appointments_move_create", {"starts_at": last["starts_at"]}, public_id=booked["id"])
    assert (moved["id"], moved["ical_uid"]) == (booked["id"], booked["ical_uid"])
    assert moved["starts_at"] == last["starts_at"]
    cancelled = script.call("appointments_cancel_create", {"reason": "I am ill."}, public_id=booked["id"])
    assert cancelled["status"] == "cancelled_by_student"

    assert script.call("enrollments_drop_create", {}, public_id=enrollment["id"])["status"] == "dropped"
    history = script.call("enrollments_retrieve", public_id=enrollment["id"])["history"]
    assert [event["to_status"] for event in history] == ["registered", "dropped"]


@pytest.mark.row("I01", "W09", "P02", "P17")
def test_an_instructor_reads_the_roster_sets_hours_and_cancels_an_appointment(classes):
    open_one, _full = classes
    student = make_student(user=alice())
    operations.enroll(student, open_one, by=None)
    script = as_(ivan())
    [mine] = script.every("sections_list", instructor=str(ivan().public_id), course=str(open_one.course.public_id))
    [row] = script.every("sections_roster_list", public_id=mine["id"])
    assert row["name"] == alice().display_name

    hours = script.call("availability_retrieve")
    hours["hours"] = [one for one in hours["hours"] if one["weekday"] not in ("sat", "sun")]
    changed = script.call("availability_update", {"zone": hours["zone"], "hours": hours["hours"]})
    assert {one["weekday"] for one in changed["hours"]} == {"mon", "tue", "wed", "thu", "fri"}
    away = (timezone.now() + timedelta(days=40)).date().isoformat()
    script.call("availability_overrides_create", {"kind": "block", "start_date": away, "end_date": away})

    guest = as_(alice())
    [kind] = guest.every("appointment_types_list")
    slots = guest.call("appointment_types_slots_retrieve", public_id=kind["id"], **{"from": later(1), "to": later(20)})
    booked = guest.call("appointments_create", {"type": kind["id"], "starts_at": slots["slots"][0]["starts_at"]})
    script.call("appointments_cancel_create", {"reason": "A meeting of the department."}, public_id=booked["id"])
    told = guest.call("appointments_retrieve", public_id=booked["id"])
    assert (told["status"], told["cancel_reason"]) == ("cancelled_by_host", "A meeting of the department.")


@pytest.mark.row("I01", "W06", "S01", "S03", "S12", "R08")
def test_a_registrar_plans_a_section_meets_a_taken_room_and_raises_a_capacity(classes):
    _open_one, full = classes
    waiting = operations.join_waitlist(make_student(user=alice()), full, by=None)
    script = as_(rita())
    [term] = script.every("terms_list", code=full.term.code)
    subject = script.call("subjects_create", {"code": "BIO", "name": "Biology"})
    course = script.call("courses_create", {"subject": subject["id"], "number": "7", "title": "Cells"})
    script.call("courses_publish_create", public_id=course["id"])
    facts = {"course": course["id"], "term": term["id"], "crn": "77001", "section_number": "001", "capacity": 20}
    section = script.call("sections_create", facts)
    building = script.call("buildings_create", {"code": "ELM", "name": "Elm Hall"})
    room = script.call("rooms_create", {"building": building["id"], "code": "2", "capacity": 30})
    times = {"days": ["mon", "wed"], "start_time": "09:00:00", "end_time": "09:50:00", "room": room["id"]}
    pattern = script.call("patterns_create", times | {"sections": [section["id"]]})
    dated = script.every("meetings_list", pattern=pattern["id"])
    assert len(dated) > 20
    script.call("sections_open_create", public_id=section["id"])

    other = script.call("sections_create", facts | {"crn": "77002", "section_number": "002"})
    refused = script.call("patterns_create", times | {"sections": [other["id"]]}, status=409)
    assert refused["code"] == "room_taken"
    assert "BIO 7 001" in refused["detail"]
    assert section["id"] in refused["facts"]["url"]

    script.call("sections_partial_update", {"capacity": 2}, public_id=str(full.public_id))
    assert as_(alice()).call("waitlist_entries_retrieve", public_id=str(waiting.public_id))["status"] == "accepted"


@pytest.mark.row("I05")
def test_every_creating_request_takes_an_idempotency_key_but_those_whose_answer_is_a_secret():
    script = Script()
    creating = {path: operation for method, path, operation in script.operations.values() if method == "post"}
    without = {
        path.removeprefix("/api/v1/")
        for path, operation in creating.items()
        if "201" in operation["responses"]
        and "Idempotency-Key" not in {parameter["name"] for parameter in operation.get("parameters", [])}
    }
    assert without == {"auth/token/", "feed/"}
