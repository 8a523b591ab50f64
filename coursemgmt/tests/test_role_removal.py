"""A role, a grant or an assignment that ends is over with the next request, whatever was open or handed out."""

from datetime import time

import pytest
from django.test import Client
from django.urls import reverse

from accounts.api import tokens
from accounts.models import User
from accounts.operations import assign_advisor, end_assignment, grant_role, mint_token, remove_role, rotate_feed
from accounts.tests.makers import adam, alice, ivan, make_user, rita
from courses.operations import change_assistant, remove_assistant, set_instructors
from courses.tests.makers import add_instructor, make_section
from scheduling.tests.makers import make_pattern
from students.models import GradeChange
from students.operations import drop
from students.tests.makers import enroll_directly, make_grade_item, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("R69")]


class Open:
    """A browser with an open grade form, a personal token and a signed-in script of somebody who grades a section."""

    def __init__(self, person, section, item, enrollment):
        self.section, self.item, self.enrollment = section, item, enrollment
        self.browser = Client()
        self.browser.force_login(person)
        self.form = reverse("students:grade_item_scores", args=[item.public_id])
        page = self.browser.get(self.form)
        assert page.status_code == 200
        scopes = ["grade:read", "read:section"]
        secrets = [mint_token(person, "Script", scopes, days=9, by=person), tokens.issue(person, scopes)["access"]]
        self.scripts = [Client(headers={"authorization": f"Bearer {secret}"}) for secret in secrets]

    def answers(self):
        """Return what each of them is answered now: the open form is sent, the rest is asked once more."""
        section = self.section.public_id
        pages = [reverse(f"students:{name}", args=[section]) for name in ("grade_sheet", "roster")]
        pages += [reverse(f"reports:{name}", args=[section]) for name in ("grade_csv", "roster_csv")]
        paths = [f"/api/v1/grade-items/{self.item.public_id}/scores/", f"/api/v1/sections/{section}/roster/"]
        sent = self.browser.post(self.form, {f"mark_{self.enrollment.pk}": "99"}).status_code
        return {
            "form": sent,
            "pages": {self.browser.get(page).status_code for page in pages},
            "session": {self.browser.get(path).status_code for path in paths},
            "tokens": {script.get(path).status_code for script in self.scripts for path in paths},
        }


@pytest.fixture
def section():
    return make_section(instructor=ivan())


@pytest.fixture
def graded(section):
    return make_grade_item(section), enroll_directly(make_student(user=alice()), section)


def test_an_instructor_who_is_taken_out_of_the_section_reaches_nothing_of_it(section, graded):
    opened = Open(ivan(), section, *graded)
    assert opened.browser.get(reverse("reports:grade_csv", args=[section.public_id])).status_code == 200
    set_instructors(section, [], by=rita())
    assert opened.answers() == {"form": 404, "pages": {403}, "session": {403, 404}, "tokens": {403, 404}}
    assert not GradeChange.objects.exists()


def test_an_assistant_who_may_not_grade_any_more_keeps_the_names_alone(section, graded):
    tina = make_user(roles=["student"])
    row = add_instructor(section, tina, role="assistant", can_grade=True)
    opened = Open(tina, section, *graded)
    change_assistant(row, by=ivan(), can_grade=False)
    answers = opened.answers()
    assert (answers["form"], answers["session"], answers["tokens"]) == (404, {200, 404}, {200, 404})
    remove_assistant(row, by=ivan())
    assert opened.answers() == {"form": 404, "pages": {403}, "session": {403, 404}, "tokens": {403, 404}}
    assert not GradeChange.objects.exists()


def test_a_role_that_is_taken_ends_the_tokens_and_the_pages_that_it_opened():
    host = make_user(roles=["instructor"])
    browser, bearer = Client(), {"authorization": f"Bearer {tokens.issue(host)['access']}"}
    browser.force_login(host)
    assert browser.get(reverse("appointments:host_week")).status_code == 200
    assert Client(headers=bearer).get("/api/v1/availability/").status_code == 200
    remove_role(host, "instructor", by=adam())
    assert browser.get(reverse("appointments:host_week")).status_code == 403
    assert Client(headers=bearer).get("/api/v1/availability/").status_code == 401


def test_an_advisor_whose_assignment_ends_is_answered_as_a_stranger(section, graded):
    ada, student = make_user(roles=["advisor"]), alice()
    assignment = assign_advisor(student, ada, by=None)
    browser, bearer = Client(), {"authorization": f"Bearer {tokens.issue(ada, ['read:advisee'])['access']}"}
    browser.force_login(ada)
    public_id = student.student_profile.public_id
    pages = [
        reverse("students:student_record", args=[public_id]), reverse("students:student_check", args=[public_id]),
        reverse("appointments:student_week", args=[public_id]),
        reverse("students:grade_detail", args=[graded[1].public_id]),
    ]  # fmt: skip
    paths = [f"/api/v1/students/{public_id}/", f"/api/v1/students/{public_id}/timetable/"]
    assert {browser.get(page).status_code for page in pages} == {200}
    assert {Client(headers=bearer).get(path).status_code for path in paths} == {200}
    end_assignment(assignment, by=rita(), reason="Left")
    assert {browser.get(page).status_code for page in pages} == {404}
    assert {Client(headers=bearer).get(path).status_code for path in paths} == {404}
    assert browser.get(reverse("students:advisee_list")).context["rows"] == []


def test_an_office_that_is_taken_closes_records_files_and_the_admin(graded):
    clerk = make_user(roles=["registrar"])
    browser = Client()
    browser.force_login(clerk)
    pages = [
        reverse("students:directory"), reverse("reports:student_csv"), reverse("courses:section_list"),
        reverse("students:student_record", args=[alice().student_profile.public_id]), reverse("admin:index"),
    ]  # fmt: skip
    assert {browser.get(page).status_code for page in pages} == {200}
    remove_role(User.objects.get(pk=clerk.pk), "registrar", by=adam())
    assert [browser.get(page).status_code for page in pages] == [403, 403, 403, 404, 302]


def test_a_class_that_is_over_for_a_student_leaves_the_feed_with_the_next_request(section):
    make_pattern(section, "MTWRFSU", start=time(7), end=time(7, 50), instructors=[ivan()])
    enrollment = enroll_directly(make_student(user=alice()), section)
    feed = reverse("appointments:feed", args=[rotate_feed(alice(), by=alice())])
    assert section.course.code in Client().get(feed).content.decode()
    drop(enrollment, by=rita(), reason="Asked for")
    assert section.course.code not in Client().get(feed).content.decode()


def test_a_token_made_by_hand_does_not_come_back_with_the_role():
    person = make_user("clerk@example.org", ["registrar"])
    secret = mint_token(person, "Script", ["staff:read"], days=9, by=person)
    script = Client(headers={"authorization": f"Bearer {secret}"})
    assert script.get("/api/v1/people/").status_code == 200
    remove_role(person, "registrar", by=adam())
    grant_role(person, "registrar", by=adam())
    assert script.get("/api/v1/people/").status_code == 401
