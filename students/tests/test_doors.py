"""Pages and API of registration: a good case, a refusal and a stranger each."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from courses.models import SectionInstructor, Subject
from students import operations
from students.models import Enrollment, EnrollmentEvent, WaitlistEntry
from students.tests.makers import (
    enroll_directly,
    make_course_entry,
    make_open_section,
    make_open_term,
    make_student,
    meet,
)

pytestmark = pytest.mark.django_db


def url(name, thing):
    return reverse(f"students:{name}", args=[thing.public_id])


def script(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def section():
    return make_open_section(capacity=1)


@pytest.mark.row("W08")
def test_a_student_enrolls_sees_it_and_drops_by_page(client, section):
    client.force_login(alice())
    assert b"Enroll" in client.get(url("section_detail", section)).content
    assert client.post(url("section_enroll", section)).status_code == 302
    enrollment = Enrollment.objects.live().get(section=section)
    assert b"You are enrolled." in client.get(url("section_detail", section)).content
    assert str(section) in client.get(reverse("students:enrollments")).content.decode()
    assert client.get(url("enrollment_drop", enrollment)).status_code == 200
    assert Enrollment.objects.live().count() == 1
    assert client.post(url("enrollment_drop", enrollment), {"reason": "Moved."}).status_code == 302
    assert enrollment.events.last().reason == "Moved."
    assert b"Dropped" in client.get(reverse("students:enrollments")).content


@pytest.mark.row("E08", "W08")
def test_a_full_section_offers_the_line_and_shows_the_place(client, section):
    operations.enroll(make_student(), section, by=None)
    operations.join_waitlist(make_student(), section, by=None)
    client.force_login(alice())
    assert b"Join the line" in client.get(url("section_detail", section)).content
    assert client.post(url("section_enroll", section)).status_code == 409
    assert client.post(url("section_join", section)).status_code == 302
    assert b"You are in line: 2 of 2." in client.get(url("section_detail", section)).content
    entry = WaitlistEntry.objects.get(student__user=alice())
    assert b"2 of 2" in client.get(reverse("students:enrollments")).content
    assert client.post(url("entry_leave", entry)).status_code == 302
    assert not WaitlistEntry.objects.waiting().filter(pk=entry.pk).exists()


def test_a_closed_window_says_when_and_offers_no_button(client):
    opens = timezone.now() + timedelta(days=3)
    section = make_open_section(registration_opens_at=opens)
    client.force_login(make_student().user)
    page = client.get(url("section_detail", section)).content.decode()
    assert "Registration opens on" in page
    assert url("section_enroll", section) not in page


def test_strangers_get_the_sign_in_page_404_or_403(client, section):
    enrollment = operations.enroll(make_student(), section, by=None)
    assert client.post(url("section_enroll", section)).status_code == 302
    assert Enrollment.objects.count() == 1
    client.force_login(oscar())
    assert client.get(url("enrollment_drop", enrollment)).status_code == 404
    assert client.get(url("section_line", section)).status_code == 403
    assert client.get(url("section_override", section)).status_code == 403
    assert client.post(url("section_enroll", section)).status_code == 403
    planned = make_open_section(status="planned")
    assert client.get(url("section_detail", planned)).status_code == 404


@pytest.mark.row("T09")
def test_staff_enroll_drop_promote_and_permit_by_page(client, section):
    student, waiting = make_student(), make_student()
    client.force_login(rita())
    data = {"student": student.institutional_id, "reason": "Asked by phone."}
    assert client.post(url("section_enroll_student", section), data).status_code == 302
    assert client.post(url("section_enroll_student", section), data).status_code == 409
    operations.join_waitlist(waiting, section, by=None)
    entry = WaitlistEntry.objects.get()
    assert waiting.institutional_id in client.get(url("section_line", section)).content.decode()
    assert client.post(url("entry_promote", entry), {"reason": "Graduates."}).status_code == 409
    data = {"student": waiting.user.email, "kind": "capacity", "reason": "Graduates."}
    assert client.post(url("section_override", section), data).status_code == 302
    enrollment = Enrollment.objects.get(student=student)
    assert client.post(url("enrollment_drop", enrollment), {}).status_code == 400
    assert client.post(url("enrollment_drop", enrollment), {"reason": "Wish."}).status_code == 302
    assert Enrollment.objects.live().get(section=section).student == waiting


def names(page):
    return [row.section for row in page.context["rows"]]


@pytest.mark.row("W07")
def test_everyone_finds_classes_by_each_filter_and_rooms_need_a_sign_in(client):
    term = make_open_term()
    course = make_course_entry("CSE 21", title="Mathematics of algorithms")
    one = make_open_section(term=term, course=course, capacity=1)
    two = make_open_section(term=term, instructional_method="online")
    other = make_open_section()
    teacher = ivan()
    SectionInstructor.objects.create(section=one, instructor=teacher)
    meet(one, days=0b101, start=time(9), end=time(9, 50))
    meet(two, days=0b10, start=time(14), end=time(15))
    subject = Subject.objects.get(code="CSE")

    def found(**filters):
        page = client.get(reverse("students:class_search"), {"term": term.code} | filters)
        assert page.status_code == 200
        return set(names(page))

    assert found() == {one, two}
    assert other not in found()
    assert found(q="cse21") == found(q="algor") == found(subject=subject.code) == {one}
    assert found(instructor="ivan") == found(day="wed") == found(time_to="10:00") == {one}
    assert found(delivery="online") == found(time_from="13:00") == found(day="tue") == {two}
    assert found(open="on") == {one, two}
    operations.enroll(make_student(), one, by=None)
    assert found(open="on") == {two}
    assert b"Room" not in client.get(reverse("students:class_search")).content


@pytest.mark.row("W07")
def test_class_search_asks_the_same_number_of_queries_for_one_and_many(client, django_assert_max_num_queries):
    term = make_open_term()
    for _ in range(2):
        meet(make_open_section(term=term))
    with django_assert_max_num_queries(15) as few:
        client.get(reverse("students:class_search"), {"term": term.code})
    for _ in range(10):
        meet(make_open_section(term=term))
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("students:class_search"), {"term": term.code})


@pytest.mark.row("I05")
def test_a_script_enrolls_and_drops_with_the_refusal_in_full(section):
    user, late = alice(), make_user(roles=["student"])
    body = {"section": str(section.public_id)}
    answer = script(user).post("/api/v1/enrollments/", body, format="json")
    assert (answer.status_code, answer.data["status"]) == (201, "registered")
    refused = script(late).post("/api/v1/enrollments/", body, format="json")
    assert refused.status_code == 409
    said = refused.json()
    assert (said["code"], said["facts"]) == ("section_full", {"capacity": 1, "waiting": 0, "free": 0})
    assert [rule["rule"] for rule in said["rules"] if not rule["passed"]] == ["section_full"]
    check = script(late).get(f"/api/v1/sections/{section.public_id}/registration-check/").json()
    assert [rule["rule"] for rule in check["rules"] if not rule["passed"]] == ["section_full"]
    joined = script(late).post("/api/v1/waitlist-entries/", body, format="json").json()
    assert (joined["position"], joined["line_length"]) == (1, 1)
    assert script(late).get(f"/api/v1/enrollments/{answer.data['id']}/").status_code == 404
    dropped = script(user).post(f"/api/v1/enrollments/{answer.data['id']}/drop/", {}, format="json")
    assert (dropped.status_code, dropped.data["status"]) == (200, "dropped")
    assert script(late).get("/api/v1/enrollments/").json()["results"][0]["source"] == "waitlist"
    again = script(late).post(f"/api/v1/waitlist-entries/{joined['id']}/leave/", {}, format="json")
    assert again.json()["code"] == "not_waiting"
    assert script(user).delete(f"/api/v1/enrollments/{answer.data['id']}/").status_code == 405


@pytest.mark.row("I06", "R04")
def test_the_same_key_gets_the_first_answer(section):
    client = script(alice())
    body = {"section": str(section.public_id)}
    answers = [
        client.post("/api/v1/enrollments/", body, format="json", HTTP_IDEMPOTENCY_KEY="k1").json() for _ in range(3)
    ]
    assert answers[0] == answers[1] == answers[2]
    assert Enrollment.objects.count() == EnrollmentEvent.objects.count() == 1
    assert client.post("/api/v1/enrollments/", body, format="json").json()["code"] == "already_enrolled"


def test_a_request_by_script_is_a_seat_or_a_place(section):
    path = f"/api/v1/sections/{section.public_id}/request-seat/"
    first, second = (script(make_student().user).post(path, {}, format="json").json() for _ in range(2))
    assert (first["enrollment"]["status"], first["waitlist_entry"]) == ("registered", None)
    assert (second["enrollment"], second["waitlist_entry"]["position"]) == (None, 1)


@pytest.mark.parametrize(
    "body", [{}, {"section": "x"}, {"section": "00000000-0000-4000-8000-000000000000"}, {"section": 1, "role": "x"}, []]
)
def test_malformed_requests_are_400(body):
    assert script(alice()).post("/api/v1/enrollments/", body, format="json").status_code == 400


def test_a_student_cannot_name_another_student(section):
    other = make_student()
    body = {"section": str(section.public_id), "student": str(other.public_id)}
    assert script(alice()).post("/api/v1/enrollments/", body, format="json").status_code == 400
    assert script(rita()).post("/api/v1/enrollments/", body, format="json").status_code == 201


@pytest.mark.row("W07")
def test_class_search_by_script_shows_free_seats_and_refuses_unknown_parameters(section):
    enroll_directly(make_student(), section)
    answer = APIClient().get("/api/v1/classes/", {"term": section.term.code}).json()
    assert [(row["section"]["id"], row["seats"]["free"]) for row in answer["results"]] == [(str(section.public_id), 0)]
    for query in ({"trem": "x"}, {"open": "perhaps"}, {"day": 7}, {"time_from": "24:30"}, {"term": "none"}):
        assert APIClient().get("/api/v1/classes/", query).status_code == 400
    found = APIClient().get("/api/v1/classes/", {"term": section.term.code, "open": "true"}).json()["results"]
    assert found == []
    assert APIClient().get("/api/v1/classes/", {"term": section.term.code, "open": "false"}).json() == answer
    assert APIClient().get(f"/api/v1/classes/{section.public_id}/").json()["seats"]["taken"] == 1


@pytest.mark.row("X02")
def test_the_hours_of_a_class_name_their_zone_to_a_reader_elsewhere(client, settings):
    section = make_open_section()
    meet(section, start=time(9), end=time(10))
    for zone, shown in [(settings.CAMPUS_TIME_ZONE, False), ("Asia/Tokyo", True)]:
        client.force_login(make_user(roles=["student"], time_zone=zone))
        page = client.get(url("section_detail", section)).content.decode()
        assert "Mon 09:00\N{EN DASH}10:00" in page
        assert (f"10:00 ({settings.CAMPUS_TIME_ZONE})" in page) is shown
        found = client.get(reverse("students:class_search"), {"term": section.term.code}).content.decode()
        assert (f"class times in {settings.CAMPUS_TIME_ZONE}" in found) is shown


@pytest.mark.row("E12", "R64")
def test_why_somebody_was_passed_over_is_for_the_student_and_staff(client):
    term = make_open_term()
    section, clash = make_open_section(capacity=1, term=term), make_open_section(term=term)
    for one in (section, clash):
        meet(one)
    SectionInstructor.objects.create(section=section, instructor=ivan(), is_primary=True)
    holder, student = make_student(), make_student(user=alice())
    held = operations.enroll(holder, section, by=None)
    entry = operations.join_waitlist(student, section, by=None)
    operations.enroll(student, clash, by=None)
    operations.drop(held, by=None)
    for person, sees in ((alice(), True), (rita(), True), (ivan(), False)):
        script = APIClient()
        script.force_authenticate(person)
        address = f"/api/v1/waitlist-entries/{entry.public_id}/"
        shown, history = script.get(address).json(), script.get(f"{address}history/").json()
        assert shown["last_skip_code"] == ("time_conflict" if sees else "")
        assert (str(clash) in shown["last_skip_reason"]) == sees
        assert (str(clash) in str(history)) == sees
    for person, sees in ((rita(), True), (ivan(), False)):
        client.force_login(person)
        page = client.get(f"/classes/{section.public_id}/line/").content.decode()
        assert (str(clash) in page) == sees
