"""Rights hold in their context and are never added up: one person teaches, learns, assists and advises at once.

Mona is instructor of A, student of B, assistant of C, advisor of Dora in D, and nobody in E. Each student has two
scores that nobody else has, one posted and one not, so that whatever Mona is shown says by itself where it comes from.
"""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from accounts.api import tokens
from accounts.models import TokenFamily, User
from accounts.operations import assign_advisor, grant_role, rotate_feed
from accounts.tests.makers import adam, make_user
from courses.tests.makers import add_instructor, make_section, make_term
from students.models import GradeEntry
from students.operations import join_waitlist
from students.tests.makers import enroll_directly, make_grade_item, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("R67", "A05")]

# Of each student: the posted score and the draft.
SCORES = {
    "anna": ("11.37", "12.37"), "bert": ("21.37", "22.37"), "mona": ("31.37", "32.37"), "carl": ("41.37", "42.37"),
    "dora": ("51.37", "52.37"), "dirk": ("61.37", "62.37"), "emil": ("71.37", "72.37"),
}  # fmt: skip
SEATS = {"A": ["anna"], "B": ["bert", "mona"], "C": ["carl"], "D": ["dora", "dirk"], "E": ["emil"]}
POSTED, DRAFTS = {name: pair[0] for name, pair in SCORES.items()}, {name: pair[1] for name, pair in SCORES.items()}


class World:
    def __init__(self, **grants):
        term = make_term()
        self.mona = make_user("mona@example.org", ["student", "instructor", "advisor"], given_name="mona")
        self.sections = {letter: make_section(term=term) for letter in SEATS}
        self.full = make_section(term=term, capacity=0)
        self.students, self.enrollments, self.items, self.entries = {}, {}, {}, {}
        for letter, section in self.sections.items():
            pair = make_grade_item(section, posted=True), make_grade_item(section)
            self.items[letter] = pair
            for name in SEATS[letter]:
                self._seat(name, section, pair)
        add_instructor(self.sections["A"], self.mona, is_primary=True)
        add_instructor(self.sections["C"], self.mona, role="assistant", **grants)
        assign_advisor(self.students["dora"].user, self.mona, by=None)

    def _seat(self, name, section, pair):
        user = self.mona if name == "mona" else make_user(f"{name}@example.org", ["student"], given_name=name)
        student = self.students[name] = make_student(user=user)
        enrollment = self.enrollments[name] = enroll_directly(student, section)
        for item, score in zip(pair, SCORES[name], strict=True):
            GradeEntry.objects.create(item=item, enrollment=enrollment, score=Decimal(score))
        self.entries[name] = join_waitlist(student, self.full, by=None)

    def pages(self):
        """Return the address of whatever could show something of a student."""
        found = ["/", *map(reverse, [
            "students:progress", "students:enrollments", "students:advisee_list", "students:directory",
            "students:class_search", "courses:my_sections", "courses:section_list", "appointments:my_timetable",
            "appointments:host_week", "reports:report_list", "reports:enrollment_report", "reports:figures_csv",
            "reports:student_csv", "reports:enrollment_csv", "reports:appointment_csv", "reports:section_csv",
        ])]  # fmt: skip
        of_section = [
            "students:section_detail", "students:roster", "students:classmates", "students:grade_sheet",
            "students:grade_finals", "students:section_line", "students:section_ledger", "courses:section_detail",
            "courses:section_assistants", "reports:roster_csv", "reports:grade_csv",
        ]  # fmt: skip
        of_student = ["students:student_record", "students:student_check", "appointments:student_week"]
        found += [reverse(name, args=[s.public_id]) for name in of_section for s in self.sections.values()]
        found += [reverse(name, args=[s.public_id]) for name in of_student for s in self.students.values()]
        found += [reverse("students:grade_detail", args=[e.public_id]) for e in self.enrollments.values()]
        found += [
            reverse("students:grade_item_scores", args=[i.public_id]) for pair in self.items.values() for i in pair
        ]
        return found

    def answers(self):
        """Return the same of the API."""
        lists = "students enrollments waitlist-entries overrides grade-items progress timetable people me appointments"
        found = [f"/api/v1/{name}/" for name in lists.split()]
        for section in self.sections.values():
            found += [
                f"/api/v1/sections/{section.public_id}/{name}/" for name in ("roster", "final-grades", "assistants")
            ]
        for student in self.students.values():
            found += [f"/api/v1/students/{student.public_id}/{name}" for name in ("", "progress/", "timetable/")]
        for enrollment in self.enrollments.values():
            found += [f"/api/v1/enrollments/{enrollment.public_id}/{name}" for name in ("", "grades/", "history/")]
        for entry in self.entries.values():
            found += [f"/api/v1/waitlist-entries/{entry.public_id}/{name}" for name in ("", "history/")]
        return [*found, *(f"/api/v1/grade-items/{i.public_id}/scores/" for pair in self.items.values() for i in pair)]

    def seen_by(self, user, *, pages=False):
        """Return what a browser of `user` is shown by the API; with `pages` by all pages, files and the feed too."""
        client = Client()
        client.force_login(User.objects.get(pk=user.pk))
        if not pages:
            return read(client, self.answers())
        feed = reverse("appointments:feed", args=[rotate_feed(user, by=user)])
        return read(client, [*self.pages(), *self.answers(), feed])

    def seen_with(self, user, *scopes):
        """Return what a script of `user` is shown with a token for `scopes`."""
        bearer = {"authorization": f"Bearer {tokens.issue(user, scopes)['access']}"}
        found = read(Client(headers=bearer), self.answers())
        TokenFamily.objects.update(minute=0)
        return found


def read(client, addresses):
    said = []
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code < 500, address
        if answer.status_code == 200:
            said.append((b"".join(answer.streaming_content) if answer.streaming else answer.content).decode())
    return "\n".join(said)


def scores_in(text):
    known = {score for pair in SCORES.values() for score in pair}
    # The seconds of an instant are no score.
    return known & set(re.findall(r"(?<![:\d])\d\d\.37(?!\d)", text))


def addresses_in(text):
    return {name for name in SCORES if f"{name}@example.org" in text}


@pytest.mark.row("A06")
@pytest.mark.parametrize("may_grade", [True, False])
def test_whoever_is_much_at_once_reads_in_each_place_what_is_theirs_there(may_grade):
    world = World(can_grade=may_grade)
    seen = world.seen_by(world.mona, pages=True)
    in_c = {*SCORES["carl"]} if may_grade else set()
    assert scores_in(seen) == {*SCORES["anna"], POSTED["mona"], POSTED["dora"]} | in_c
    # Of an assistant's roster and of classmates the names alone.
    assert addresses_in(seen) == {"anna", "dora", "mona"}
    assert {name for name in SCORES if name in seen} == {"anna", "bert", "carl", "dora", "mona"}


@pytest.mark.parametrize(("role", "lost"), [("instructor", set()), ("advisor", {"dora"}), ("student", set())])
def test_a_role_that_is_taken_leaves_the_others_as_they_are(role, lost):
    world = World(can_grade=True)
    world.mona.groups.remove(Group.objects.get(name=role))
    expected = {*SCORES["anna"], *SCORES["carl"], POSTED["mona"], POSTED["dora"]} - {POSTED[name] for name in lost}
    assert scores_in(world.seen_by(world.mona)) == expected


@pytest.mark.row("R72")
def test_each_scope_of_a_token_opens_one_context():
    world = World(can_grade=True)
    own, graded = {POSTED["mona"]}, {*SCORES["anna"], *SCORES["carl"]}
    oneself = world.seen_with(world.mona, "read:self")
    assert (scores_in(oneself), addresses_in(oneself)) == (own, {"mona"})
    teaching = world.seen_with(world.mona, "read:section", "grade:read")
    assert scores_in(teaching) == graded | own
    assert "dora" not in teaching
    assert scores_in(world.seen_with(world.mona, "read:section")) == set()
    advised = world.seen_with(world.mona, "read:advisee")
    assert scores_in(advised) == {POSTED["dora"]} | own
    assert addresses_in(advised) == {"dora", "mona"}


def test_who_has_an_office_too_reads_drafts_in_the_own_section_alone():
    world = World(can_grade=False)
    grant_role(world.mona, "registrar", by=adam())
    seen = world.seen_by(world.mona, pages=True)
    assert scores_in(seen) == {*POSTED.values(), DRAFTS["anna"]}
    scripted = world.seen_with(User.objects.get(pk=world.mona.pk), "staff:read")
    assert scores_in(scripted) == {*POSTED.values()}


@pytest.mark.row("A07")
def test_a_permission_of_a_custom_role_is_one_of_the_office_and_opens_no_draft():
    world = World(can_grade=False)
    group = Group.objects.create(name="records desk")
    group.permissions.add(Permission.objects.get(codename="view_any_record"))
    clerk = make_user("clerk@example.org")
    clerk.groups.add(group)
    assert scores_in(world.seen_by(clerk)) == {*POSTED.values()}
    world.mona.groups.add(group)
    assert scores_in(world.seen_by(world.mona)) == {*POSTED.values(), DRAFTS["anna"]}


def test_what_one_context_lets_read_another_does_not_let_write():
    world = World(can_grade=True)
    client = Client()
    client.force_login(world.mona)
    refused = {
        ("students:grade_item_scores", world.items["D"][0]): 404,
        ("students:grade_item_scores", world.items["B"][0]): 404,
        ("students:grade_finals", world.sections["C"]): 403,
        ("students:enrollment_drop", world.enrollments["dora"]): 403,
        ("students:profile_update", world.students["dora"]): 403,
        ("students:entry_promote", world.entries["dora"]): 403,
    }
    answers = {
        (name, about): client.post(reverse(name, args=[about.public_id]), {"reason": "x"}).status_code
        for name, about in refused
    }
    assert answers == refused
