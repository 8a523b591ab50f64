"""Whoever looks at the record of somebody else is noted, and the student reads it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import RecordAccess
from accounts.tests.makers import adam, alice, ivan, make_user, oscar, rita
from students.models import FinalGrade, GradeItem
from students.operations import enter_marks, place_hold
from students.tests.makers import enroll_directly, make_class, make_grade_item, make_student
from students.validators import Mark

pytestmark = [pytest.mark.django_db, pytest.mark.row("R98", "Z14")]

LOOKS = reverse("students:record_accesses")


def noted():
    rows = RecordAccess.objects.order_by("pk")
    return [(row.reader.given_name, row.subject.given_name, row.role, row.what, row.route) for row in rows]


@pytest.fixture
def enrollment():
    _section, (enrollment,) = make_class()
    return enrollment


def test_each_page_and_file_that_shows_a_record_is_noted_once(client, enrollment):
    section, student = enrollment.section, enrollment.student
    doors = [
        (rita(), "students:student_record", student, "office", "record"),
        (adam(), "students:student_record", student, "administrator", "record"),
        (ivan(), "students:grade_detail", enrollment, "teaching", "grades"),
        (ivan(), "students:grade_sheet", section, "teaching", "grades"),
        (ivan(), "reports:roster_csv", section, "teaching", "roster_file"),
        (rita(), "reports:grade_csv", section, "office", "grade_file"),
    ]
    for reader, name, thing, _role, _what in doors:
        client.force_login(reader)
        assert client.get(reverse(name, args=[thing.public_id])).status_code == 200
    client.force_login(rita())
    client.get(reverse("reports:student_csv"))
    expected = [(reader.given_name, "Alice", role, what, name) for reader, name, _thing, role, what in doors]
    assert noted() == [*expected, ("Rita", "Alice", "office", "student_file", "reports:student_csv")]


def test_each_script_that_reads_a_record_is_noted_once(enrollment):
    section, student = enrollment.section, enrollment.student
    doors = [
        (rita(), "api_student-detail", student, "office", "record"),
        (rita(), "api_student-progress", student, "office", "progress"),
        (ivan(), "api_roster", section, "teaching", "roster_file"),
        (ivan(), "api_final_grades", section, "teaching", "grades"),
    ]
    for reader, name, thing, _role, _what in doors:
        script = APIClient()
        script.force_authenticate(reader)
        assert script.get(reverse(name, args=[thing.public_id])).status_code == 200
    assert noted() == [(reader.given_name, "Alice", role, what, name) for reader, name, _t, role, what in doors]


def test_each_list_of_students_is_noted_for_everybody_on_it(client, enrollment):
    make_student(user=make_user("bela@example.org", ["student"], given_name="Bela"))
    section = enrollment.section
    item = make_grade_item(section)
    doors = [
        (ivan(), reverse("students:roster", args=[section.public_id]), "teaching", "roster"),
        (ivan(), reverse("students:grade_item_scores", args=[item.public_id]), "teaching", "grades"),
        (ivan(), reverse("students:grade_finals", args=[section.public_id]), "teaching", "grades"),
        (rita(), reverse("students:directory") + "?q=alice", "office", "directory"),
        (rita(), reverse("api_student-list") + "?q=alice", "office", "directory"),
        (rita(), reverse("admin:students_studentprofile_changelist") + "?q=alice", "office", "directory"),
        (rita(), reverse("admin:students_studentprofile_change", args=[enrollment.student_id]), "office", "record"),
    ]
    for reader, page, _role, _what in doors:
        client.force_login(reader)
        assert client.get(page).status_code == 200
    seen = [(name, subject, role, what) for name, subject, role, what, _route in noted() if subject == "Alice"]
    assert seen == [(reader.given_name, "Alice", role, what) for reader, _page, role, what in doors]
    client.force_login(rita())
    client.get(reverse("students:directory"))
    assert [row[1] for row in noted()[-2:]] == ["Alice", "Bela"]


@pytest.mark.row("D01")
def test_posted_grades_and_holds_in_the_admin_are_looks_too(client, enrollment):
    make_grade_item(enrollment.section, posted=True)
    enter_marks(GradeItem.objects.get(), {enrollment.pk: Mark(8)}, by=ivan())
    final = FinalGrade.objects.create(
        enrollment=enrollment, grade="A", submitted_by=ivan(), posted_at=enrollment.enrolled_at
    )
    held = place_hold(enrollment.student, by=None, cause="financial", office="Bursar", note="")
    client.force_login(rita())
    lists = ["gradeentry", "gradechange", "finalgrade", "hold"]
    for name in lists:
        client.get(reverse(f"admin:students_{name}_changelist"))
    client.get(reverse("admin:students_finalgrade_change", args=[final.pk]))
    client.get(reverse("admin:students_hold_change", args=[held.pk]))
    looks = [(subject, what) for _reader, subject, _role, what, _route in noted()]
    assert looks == [("Alice", what) for what in ("grades", "grades", "grades", "record", "grades", "record")]


@pytest.mark.row("R118")
def test_a_page_of_many_students_is_noted_in_one_statement(client, enrollment):
    client.force_login(rita())
    roster = reverse("students:roster", args=[enrollment.section.public_id])
    client.get(roster)
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(roster)
        costs.append(len(queries))
        for _ in range(3):
            enroll_directly(make_student(), enrollment.section)
    assert costs[0] == costs[1] <= 15
    inserts = [query["sql"] for query in queries if "accounts_recordaccess" in query["sql"]]
    assert len(inserts) == 1


def test_who_reads_the_records_of_others_is_told_that_it_is_noted(client, enrollment):
    words = "Each look is noted"
    client.force_login(rita())
    for page in (
        reverse("students:roster", args=[enrollment.section.public_id]),
        reverse("students:directory"),
        reverse("students:student_record", args=[enrollment.student.public_id]),
        reverse("students:grade_detail", args=[enrollment.public_id]),
    ):
        assert words in client.get(page).content.decode()
    client.force_login(alice())
    own = client.get(reverse("students:student_record", args=[enrollment.student.public_id])).content.decode()
    assert words not in own
    assert LOOKS in own


def test_the_week_of_a_person_is_noted(client):
    client.force_login(rita())
    client.get(reverse("scheduling:instructor_week", args=[ivan().public_id]))
    assert noted() == [("Rita", "Ivan", "office", "timetable", "scheduling:instructor_week")]


def test_a_look_at_ones_own_record_or_a_refused_one_is_not_noted(client, enrollment):
    client.force_login(alice())
    client.get(reverse("students:grade_detail", args=[enrollment.public_id]))
    client.get(reverse("students:progress"))
    client.force_login(oscar())
    assert client.get(reverse("students:student_record", args=[enrollment.student.public_id])).status_code == 404
    assert noted() == []


def test_a_student_reads_who_looked_by_role_and_time_and_nobody_elses(client, enrollment):
    other = make_student(user=make_user("bela@example.org", ["student"], given_name="Bela"))
    client.force_login(rita())
    client.get(reverse("students:student_record", args=[enrollment.student.public_id]))
    client.get(reverse("students:student_record", args=[other.public_id]))
    client.force_login(alice())
    page = client.get(LOOKS)
    assert [(row.role, row.what) for row in page.context["page_obj"]] == [("office", "record")]
    assert "Course office" in page.content.decode()
    assert "Rita" not in page.content.decode()
    assert LOOKS in client.get(reverse("students:progress")).content.decode()


def test_nobody_looked_yet_says_so(client):
    client.force_login(oscar())
    assert b"Nobody looked yet" in client.get(LOOKS).content


def test_a_stranger_signs_in_first(client):
    assert client.get(LOOKS)["Location"].startswith(reverse("account_login"))


@pytest.mark.row("R118")
def test_a_long_list_costs_what_a_short_one_does(client, enrollment):
    record = reverse("students:student_record", args=[enrollment.student.public_id])
    client.force_login(rita())
    reader = type(client)()
    reader.force_login(alice())
    reader.get(LOOKS)
    costs = []
    for looks in (1, 3):
        for _ in range(looks):
            client.get(record)
        with CaptureQueriesContext(connection) as queries:
            reader.get(LOOKS)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 15
