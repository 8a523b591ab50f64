"""Advisors: the record of each student assigned to them, of nobody else, and nothing to change."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.api import tokens
from accounts.models import RecordAccess, RoleAssignment, User
from accounts.operations import assign_advisor, end_assignment
from accounts.tests.makers import alice, ivan, make_user, rita
from courses.tests.makers import make_course, make_section, make_term
from students.models import Enrollment, Override, StudentProfile, WaitlistEntry
from students.operations import join_waitlist
from students.policies import can_read_record, can_see_grades, history_reader
from students.tests.makers import enroll_directly, make_grade_item, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("R67")]


class World:
    """Ada advises Alice, who is in Ivan's section and waits for another; Bea advises Bob, who is in it too."""

    def __init__(self):
        self.ada = make_user(roles=["advisor"], given_name="Ada", family_name="Advisor")
        self.bea = make_user(roles=["advisor"], given_name="Bea", family_name="Advisor")
        term = make_term()
        self.student, self.other = make_student(user=alice()), make_student()
        self.section = make_section(term=term, instructor=ivan())
        self.full = make_section(term=term, capacity=1)
        enroll_directly(make_student(), self.full)
        self.enrollment = enroll_directly(self.student, self.section)
        self.foreign = enroll_directly(self.other, self.section)
        self.entry = join_waitlist(self.student, self.full, by=None)
        self.permit = Override.objects.create(
            student=self.student, section=self.full, kind="capacity", granted_by=rita(), reason="Asked for"
        )
        make_grade_item(self.section, posted=True, title="Seen work")
        make_grade_item(self.section, title="Draft work")
        self.assignment = assign_advisor(self.student.user, self.ada, by=None)
        assign_advisor(self.other.user, self.bea, by=None)


@pytest.fixture
def world(db):
    return World()


def signed_in(user):
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def test_an_advisor_sees_the_rows_of_the_own_advisees_alone(world):
    ada = User.objects.get(pk=world.ada.pk)
    assert list(StudentProfile.objects.visible_to(ada)) == [world.student]
    assert list(Enrollment.objects.visible_to(ada)) == [world.enrollment]
    assert list(WaitlistEntry.objects.visible_to(ada)) == [world.entry]
    assert list(Override.objects.visible_to(ada)) == [world.permit]


def test_lists_and_policies_say_the_same_of_every_student(world):
    for who in (world.ada, world.bea, alice(), rita(), ivan()):
        user = User.objects.get(pk=who.pk)
        listed = set(StudentProfile.objects.visible_to(user))
        assert listed == {s for s in StudentProfile.objects.select_related("user") if can_read_record(user, s)}
    ada = User.objects.get(pk=world.ada.pk)
    assert [can_see_grades(ada, e) for e in (world.enrollment, world.foreign)] == [True, False]
    assert [history_reader(ada)(e) for e in (world.enrollment, world.foreign)] == [True, False]


def test_the_list_of_advisees_shows_load_and_lines_and_finds_by_name(world):
    client = signed_in(world.ada)
    page = client.get(reverse("students:advisee_list"))
    (row,) = page.context["rows"]
    assert (row.student, row.classes, row.waiting) == (world.student, 1, 1)
    assert client.get(reverse("students:advisee_list"), {"q": "nobody"}).context["rows"] == []


@pytest.mark.parametrize("maker", [alice, ivan, rita])
def test_the_list_of_advisees_is_for_advisors(world, maker):
    assert signed_in(maker()).get(reverse("students:advisee_list")).status_code == 403


def test_the_record_of_an_advisee_opens_and_shows_no_draft_and_no_deed(world):
    client = signed_in(world.ada)
    page = client.get(reverse("students:student_record", args=[world.student.public_id]))
    assert page.status_code == 200
    grades = client.get(reverse("students:grade_detail", args=[world.enrollment.public_id])).content.decode()
    assert "Seen work" in grades
    assert "Draft work" not in grades + page.content.decode()
    for name in ("profile_update", "student_advisors", "enrollment_drop"):
        key = world.enrollment.public_id if name == "enrollment_drop" else world.student.public_id
        assert reverse(f"students:{name}", args=[key]) not in page.content.decode()
        assert client.post(reverse(f"students:{name}", args=[key])).status_code == 403


@pytest.mark.parametrize("name", ["student_record", "student_check"])
def test_the_record_of_another_advisors_student_is_not_there(world, name):
    assert signed_in(world.ada).get(reverse(f"students:{name}", args=[world.other.public_id])).status_code == 404


def test_sheets_rosters_and_lines_of_an_advisees_section_stay_closed(world):
    client = signed_in(world.ada)
    for name in ("roster", "grade_sheet", "section_line", "grade_finals"):
        assert client.get(reverse(f"students:{name}", args=[world.section.public_id])).status_code == 403


@pytest.mark.row("R98")
def test_each_look_is_told_to_the_student_as_one_of_an_advisor(world):
    client = signed_in(world.ada)
    client.get(reverse("students:student_record", args=[world.student.public_id]))
    client.get(reverse("students:grade_detail", args=[world.enrollment.public_id]))
    client.get(f"/api/v1/students/{world.student.public_id}/progress/")
    client.get(f"/api/v1/enrollments/{world.enrollment.public_id}/grades/")
    looks = RecordAccess.objects.filter(subject=alice()).order_by("pk").values_list("role", "what")
    assert list(looks) == [
        ("advisor", "record"), ("advisor", "grades"), ("advisor", "progress"), ("advisor", "grades"),
    ]  # fmt: skip
    assert b"Advisor" in signed_in(alice()).get(reverse("students:record_accesses")).content


@pytest.mark.row("R69")
def test_an_ended_assignment_closes_the_record_with_the_next_request(world):
    client, page = signed_in(world.ada), reverse("students:student_record", args=[world.student.public_id])
    assert client.get(page).status_code == 200
    end_assignment(world.assignment, by=rita(), reason="Left")
    assert client.get(page).status_code == 404
    assert client.get(f"/api/v1/enrollments/{world.enrollment.public_id}/").status_code == 404
    assert client.get("/api/v1/students/").json()["results"] == []


def test_an_advisor_reads_what_stands_between_an_advisee_and_a_class(world):
    client, page = signed_in(world.ada), reverse("students:student_check", args=[world.student.public_id])
    section = make_section(term=world.full.term, capacity=0)
    found = client.get(page, {"q": section.course.code, "section": str(section.public_id)})
    assert "section_full" in {rule.name for rule in found.context["check"].failed}
    door = f"/api/v1/sections/{section.public_id}/registration-check/?student="
    answer = client.get(f"{door}{world.student.public_id}")
    assert (answer.status_code, answer.json()["ok"]) == (200, False)
    assert client.get(f"{door}{world.other.public_id}").status_code == 400
    assert not Enrollment.objects.filter(student=world.student, section=section).exists()


def test_an_odd_question_about_a_class_is_no_crash(world):
    page = reverse("students:student_check", args=[world.student.public_id])
    client = signed_in(world.ada)
    assert client.get(page).status_code == 200
    assert client.get(page, {"q": "x", "section": "nonsense"}).status_code == 200
    assert client.get(page, {"q": "x" * 500}).status_code == 400


def test_the_office_assigns_an_advisor_on_the_record(world):
    client = signed_in(rita())
    page = reverse("students:student_advisors", args=[world.student.public_id])
    done = client.post(page, {"advisor": world.bea.email, "reason": "Asked for"})
    assert done.status_code == 302
    row = RoleAssignment.objects.get(advisee=alice(), user=world.bea)
    assert (row.granted_by, row.reason) == (rita(), "Asked for")
    assert client.post(page, {"advisor": world.bea.email}).status_code == 409
    assert client.post(page, {"advisor": ivan().email}).status_code == 400
    end = reverse("students:assignment_end", args=[row.public_id])
    assert client.post(end, {}).status_code == 400
    assert client.post(end, {"reason": "Done"}).status_code == 302
    assert not RoleAssignment.objects.active().filter(pk=row.pk).exists()


def test_nobody_but_the_office_ends_an_assignment(world):
    page = reverse("students:assignment_end", args=[world.assignment.public_id])
    answers = {
        who.given_name: signed_in(who).post(page, {"reason": "x"}).status_code
        for who in (world.ada, world.bea, alice(), ivan())
    }
    assert answers == {"Ada": 403, "Bea": 404, "Alice": 403, "Ivan": 404}
    assert RoleAssignment.objects.active().filter(pk=world.assignment.pk).exists()


def test_a_student_reads_who_advises_them(world):
    assert "Ada Advisor" in signed_in(alice()).get(reverse("students:progress")).content.decode()


@pytest.mark.row("R118")
def test_the_list_of_advisees_asks_the_same_for_one_and_for_many(world, django_assert_max_num_queries):
    client, page = signed_in(world.ada), reverse("students:advisee_list")
    client.get(page)
    with django_assert_max_num_queries(15) as one:
        client.get(page)
    term = make_term()
    for _n in range(3):
        student = make_student()
        enroll_directly(student, make_section(term=term, course=make_course()))
        assign_advisor(student.user, world.ada, by=None)
    with django_assert_max_num_queries(15) as many:
        assert len(client.get(page).context["rows"]) == 4
    assert len(one) == len(many)


def test_a_script_reads_assigns_and_ends(world):
    path = "/api/v1/advisor-assignments/"
    seen = {who: len(signed_in(who).get(path).json()["results"]) for who in (world.ada, alice(), rita(), ivan())}
    assert seen == {world.ada: 1, alice(): 1, rita(): 2, ivan(): 0}
    given = {"student": str(world.student.public_id), "advisor": str(world.bea.public_id), "reason": "Asked for"}
    client = signed_in(rita())
    made = client.post(path, given, content_type="application/json")
    assert (made.status_code, made.json()["advisor"]) == (201, "Bea Advisor")
    again = client.post(path, given, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "advises_already")
    end = f"{path}{made.json()['id']}/end/"
    assert client.post(end, {}, content_type="application/json").status_code == 400
    assert signed_in(alice()).post(end, {"reason": "x"}, content_type="application/json").status_code == 403
    assert client.post(end, {"reason": "Done"}, content_type="application/json").json()["valid_to"]
    assert client.post(end, {"reason": "Done"}, content_type="application/json").json()["code"] == "assignment_over"


@pytest.mark.row("R72")
def test_no_token_says_who_advises_whom(world):
    bearer = {"authorization": f"Bearer {tokens.issue(rita())['access']}"}
    client, path = Client(headers=bearer), "/api/v1/advisor-assignments/"
    assert len(client.get(path).json()["results"]) == 2
    refused = client.post(f"{path}{world.assignment.public_id}/end/", {"reason": "x"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


def test_the_admin_lists_and_ends_assignments(world):
    client = signed_in(rita())
    page = reverse("admin:accounts_roleassignment_changelist")
    assert client.get(page).status_code == 200
    assert client.get(reverse("admin:accounts_roleassignment_add")).status_code == 403
    client.post(page, {"action": "end", "reason": "Asked for.", "_selected_action": [world.assignment.pk]})
    assert not RoleAssignment.objects.active().filter(pk=world.assignment.pk).exists()
