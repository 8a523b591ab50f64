"""Holds, windows, restrictions, reserved seats, approvals and sets of sections by script."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.makers import alice, ivan, oscar, rita
from courses.models import SectionInstructor
from students import operations
from students.models import Enrollment, Hold
from students.tests.makers import enroll_directly, make_open_section, make_open_term, make_student

pytestmark = pytest.mark.django_db
API = "/api/v1"


def script(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def post(user, path, **body):
    return script(user).post(f"{API}/{path}/", body, format="json")


@pytest.fixture
def student():
    return make_student(user=alice())


@pytest.mark.row("E21", "I05")
def test_staff_place_and_lift_holds_and_a_student_reads_the_own_ones(student):
    body = {"student": str(student.public_id), "cause": "financial", "office": "Bursar"}
    made = post(rita(), "holds", **body)
    assert (made.status_code, made.data["blocks_register"]) == (201, True)
    assert post(rita(), "holds", **body, blocks_register=False).status_code == 400
    assert post(student.user, "holds", **body).json()["code"] == "may_not_hold"
    path = f"holds/{made.data['id']}"
    assert [row["office"] for row in script(student.user).get(f"{API}/holds/").json()["results"]] == ["Bursar"]
    assert script(ivan()).get(f"{API}/{path}/").status_code == 404
    refused = post(student.user, "enrollments", section=str(make_open_section().public_id)).json()
    assert (refused["code"], refused["facts"]) == ("on_hold", {"office": "Bursar", "cause": "Financial"})
    assert post(student.user, f"{path}/release", reason="Please.").status_code == 403
    assert post(rita(), f"{path}/release").status_code == 400
    assert post(rita(), f"{path}/release", reason="Paid.").data["release_reason"] == "Paid."
    assert post(rita(), f"{path}/release", reason="Paid.").json()["code"] == "hold_released"
    assert Hold.objects.active().count() == 0


@pytest.mark.row("E01", "E16")
def test_windows_by_script_and_ones_own_registration(student):
    term = make_open_term(kind="semester")
    opens = timezone.now() + timedelta(days=1)
    body = {"term": term.code, "name": "All", "opens_at": opens.isoformat(), "credits_max": "18"}
    made = post(rita(), "registration-windows", **body)
    assert made.status_code == 201
    assert post(student.user, "registration-windows", **body).json()["code"] == "may_not_set_rules"
    assert post(rita(), "registration-windows", **body, closes_at="2001-01-01T00:00:00Z").status_code == 400
    path = f"{API}/registration-windows/{made.data['id']}/"
    assert script(student.user).get(path).json()["name"] == "All"
    changed = script(rita()).patch(path, {"name": "Everybody"}, format="json")
    assert (changed.status_code, changed.data["name"]) == (200, "Everybody")
    assert script(rita()).patch(path, {"fallback": made.data["id"]}, format="json").json()["code"] == "window_in_circle"
    [own] = script(student.user).get(f"{API}/registration/").json()["terms"]
    assert (own["window"], own["is_open"], own["credits_max"]) == ("Everybody", False, "18.00")
    asked = script(rita()).get(f"{API}/registration/", {"student": str(student.public_id)}).json()
    assert asked["terms"] == [own]
    assert script(rita()).get(f"{API}/registration/").status_code == 400
    assert script(student.user).delete(path).status_code == 403
    assert script(rita()).delete(path).status_code == 204


@pytest.mark.row("E14", "T07")
def test_restrictions_and_reserved_seats_by_script(student):
    section = make_open_section(capacity=2)
    about = {"section": str(section.public_id), "level": "graduate"}
    kept = post(rita(), "seat-reservations", **about, seats=1)
    assert kept.status_code == 201
    assert post(rita(), "seat-reservations", **about, seats=2).json()["code"] == "reserved_too_many"
    assert post(rita(), "seat-reservations", section=about["section"], seats=1).status_code == 400
    assert post(ivan(), "seat-reservations", **about, seats=1).status_code == 403
    seats = APIClient().get(f"{API}/classes/{section.public_id}/").json()["seats"]
    assert seats["reserved"] == [{"audience": "Graduate", "seats": 1, "left": 1, "releases_at": None}]
    restricted = post(rita(), "restrictions", **about)
    assert restricted.status_code == 201
    assert post(rita(), "restrictions", **about, course=str(section.course.public_id)).status_code == 400
    assert post(ivan(), "restrictions", **about).status_code == 403
    check = script(student.user).get(f"{API}/sections/{section.public_id}/registration-check/").json()
    [failed] = [rule for rule in check["rules"] if not rule["passed"]]
    assert (failed["rule"], failed["facts"]) == ("restricted", {"audience": "Graduate"})
    assert script(student.user).delete(f"{API}/restrictions/{restricted.data['id']}/").status_code == 403
    assert script(rita()).delete(f"{API}/restrictions/{restricted.data['id']}/").status_code == 204
    assert post(rita(), f"seat-reservations/{kept.data['id']}/release").status_code == 200
    seats = APIClient().get(f"{API}/classes/{section.public_id}/").json()["seats"]
    assert (seats["free"], seats["reserved"]) == (2, [])


@pytest.mark.row("T08", "I05")
def test_a_set_by_script_is_taken_whole_or_explains(student):
    term = make_open_term()
    one, two, full = (make_open_section(term=term, capacity=n) for n in (5, 5, 0))
    refused = post(student.user, "enrollments/together", sections=[str(one.public_id), str(full.public_id)])
    assert (refused.status_code, refused.json()["code"]) == (409, "set_refused")
    [part] = refused.json()["facts"]["sections"]
    assert (part["section"], part["code"]) == (str(full.public_id), "section_full")
    assert not Enrollment.objects.exists()
    taken = post(student.user, "enrollments/together", sections=[str(one.public_id), str(two.public_id)])
    assert [row["status"] for row in taken.json()] == ["registered"] * 2
    for body in ({}, {"sections": []}, {"sections": ["x"]}, {"sections": [str(student.public_id)]}):
        assert post(student.user, "enrollments/together", **body).status_code == 400


@pytest.mark.row("E03", "I05")
def test_approvals_by_script(student):
    section = make_open_section(approval="instructor")
    SectionInstructor.objects.create(section=section, instructor=ivan(), is_primary=True)
    path = f"sections/{section.public_id}/request-approval"
    asked = post(student.user, path, message="Please.")
    assert (asked.status_code, asked.data["status"]) == (201, "pending_approval")
    assert post(student.user, path).json()["code"] == "already_enrolled"
    one = f"enrollments/{asked.data['id']}"
    assert post(student.user, f"{one}/approve").status_code == 403
    assert post(oscar(), f"{one}/approve").status_code == 404
    assert post(ivan(), f"{one}/decline").json()["code"] == "reason_missing"
    assert post(ivan(), f"{one}/approve", reason="Welcome.").data["status"] == "registered"
    assert post(ivan(), f"{one}/approve").json()["code"] == "approval_over"


@pytest.mark.row("R118")
@pytest.mark.parametrize("name", ["holds", "registration-windows", "restrictions", "seat-reservations"])
def test_lists_by_script_ask_one_number_of_queries(name, django_assert_max_num_queries):
    section = make_open_section(capacity=50)
    client = script(rita())

    def one_more():
        operations.place_hold(make_student(), by=None, cause="other", office="Dean")
        operations.create_window(section.term, by=None, name="All", opens_at=timezone.now())
        operations.reserve_seats(section, by=None, seats=1, level="graduate")
        operations.restrict(section, by=None, level="graduate")

    one_more()
    client.get(f"{API}/{name}/")
    with django_assert_max_num_queries(15) as few:
        assert client.get(f"{API}/{name}/").status_code == 200
    for _ in range(3):
        one_more()
    with django_assert_max_num_queries(len(few)):
        client.get(f"{API}/{name}/")


def test_a_seat_that_is_taken_meanwhile_is_refused_at_approval(student):
    section = make_open_section(approval="staff", capacity=1)
    asked = post(student.user, f"sections/{section.public_id}/request-approval")
    enroll_directly(make_student(), section)
    assert post(rita(), f"enrollments/{asked.data['id']}/approve").json()["code"] == "section_full"
