"""When a class is open inside is apart from when seats can be had (C05)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.makers import alice, ivan, make_user, rita
from courses.models import SectionInstructor
from students import operations
from students.queries.grades import posted_sheet, student_view
from students.tests.makers import make_class, make_grade_item, make_open_section, make_student
from students.validators import Mark

pytestmark = [pytest.mark.django_db, pytest.mark.row("C05")]
DAY = timedelta(days=1)
NOW = timezone.now()
BEFORE = {"access_starts_at": NOW + DAY}
AFTER = {"access_ends_at": NOW - DAY}
INSIDE = {"access_starts_at": NOW - DAY, "access_ends_at": NOW + DAY}


def script(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def make_graded_class(**fields):
    section, [enrolled] = make_class(description="Bring a lab coat.", **fields)
    item = make_grade_item(section, posted=True, title="Essay")
    operations.enter_marks(item, {enrolled.pk: Mark(Decimal("81.37"))}, by=ivan())
    operations.submit_finals(section, {enrolled.pk: "B"}, by=ivan())
    operations.post_finals(section, by=ivan())
    return section, enrolled


@pytest.mark.parametrize(("window", "said"), [(BEFORE, "open on"), (AFTER, "closed on")])
def test_outside_the_window_work_and_texts_are_closed_and_the_record_stays(client, window, said):
    section, enrolled = make_graded_class(**window)
    client.force_login(alice())
    detail = client.get(reverse("students:grade_detail", args=[enrolled.public_id]))
    assert detail.status_code == 403
    assert f"The pages of this class {said}" in detail.content.decode()
    page = client.get(reverse("students:section_detail", args=[section.public_id])).content.decode()
    assert "Bring a lab coat." not in page
    assert f"The pages of this class {said}" in page
    progress = client.get(reverse("students:progress")).content.decode()
    assert f"The pages of this class {said}" in progress
    assert "81.37" not in progress
    assert "Essay" not in progress
    assert ">B<" in progress
    assert client.get(reverse("students:enrollments")).status_code == 200


@pytest.mark.parametrize("window", [{}, INSIDE])
def test_inside_the_window_the_class_is_open(client, window):
    section, enrolled = make_graded_class(**window)
    client.force_login(alice())
    assert b"Essay" in client.get(reverse("students:grade_detail", args=[enrolled.public_id])).content
    page = client.get(reverse("students:section_detail", args=[section.public_id])).content
    assert b"Bring a lab coat." in page
    assert student_view(enrolled).total == Decimal("81.37")


@pytest.mark.parametrize("window", [BEFORE, AFTER])
def test_scripts_of_students_stand_before_the_same_door(window):
    section, enrolled = make_graded_class(**window)
    client = script(alice())
    answer = client.get(f"/api/v1/enrollments/{enrolled.public_id}/grades/")
    assert (answer.status_code, answer.json()["code"]) == (403, "class_pages_closed")
    [row] = client.get("/api/v1/progress/").json()["sections"]
    assert (row["total"], row["missing"], row["final_grade"]) == (None, [], "B")
    assert row["closed"]
    assert client.get(f"/api/v1/sections/{section.public_id}/").json()["description"] == ""
    assert client.get(f"/api/v1/enrollments/{enrolled.public_id}/").status_code == 200


@pytest.mark.parametrize("window", [BEFORE, AFTER])
def test_staff_and_those_who_teach_come_in_at_any_time(client, window):
    section, enrolled = make_graded_class(**window)
    grader = make_user(roles=["instructor"])
    SectionInstructor.objects.create(section=section, instructor=grader, role="grader", can_grade=True)
    for person in (ivan(), grader, rita()):
        client.force_login(person)
        assert b"Essay" in client.get(reverse("students:grade_detail", args=[enrolled.public_id])).content
        page = client.get(reverse("students:section_detail", args=[section.public_id])).content
        assert b"Bring a lab coat." in page
        answer = script(person).get(f"/api/v1/sections/{section.public_id}/").json()
        assert answer["description"] == "Bring a lab coat."
    assert posted_sheet(section).rows[0].total == Decimal("81.37")


def test_a_seat_can_be_had_before_the_class_opens_and_not_because_it_is_open():
    early = make_open_section(**BEFORE)
    assert operations.enroll(make_student(), early, by=None).status == "registered"
    late = make_open_section(registration_closes_at=NOW - DAY, **INSIDE)
    check = script(make_student().user).get(f"/api/v1/sections/{late.public_id}/registration-check/").json()
    assert [rule["rule"] for rule in check["rules"] if not rule["passed"]] == ["enrollment_closed"]


def test_the_window_is_half_open():
    _section, enrolled = make_graded_class(access_starts_at=NOW, access_ends_at=NOW + DAY)
    moments = [NOW - timedelta(microseconds=1), NOW, NOW + DAY - timedelta(microseconds=1), NOW + DAY]
    assert [student_view(enrolled, at).closed is None for at in moments] == [False, True, True, False]
