"""Who sees which rows, and who may open what is inside a class, and when."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.tests.makers import adam, alice, ivan, make_user, oscar, rita
from courses.models import Course, Section, Term
from courses.policies import can_describe_section, section_pages_open, teaches
from courses.tests.makers import add_instructor, make_course, make_section, make_term

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


@pytest.mark.row("C05")
def test_the_pages_of_a_class_open_at_the_first_moment_and_close_at_the_last():
    now = timezone.now()
    second = timedelta(seconds=1)
    section = make_section(instructor=ivan(), access_starts_at=now, access_ends_at=now + 2 * second)
    moments = [now - second, now, now + second, now + 2 * second]
    assert [section_pages_open(section, alice(), at) for at in moments] == [False, True, True, False]
    for person in (ivan(), rita(), adam()):
        assert [section_pages_open(section, person, at) for at in moments] == [True] * 4
    assert [section_pages_open(section, NOBODY, at) for at in moments] == [False, True, True, False]


@pytest.mark.row("C05")
def test_a_window_of_access_may_lack_either_end_and_has_nothing_to_do_with_registration():
    now = timezone.now()
    day = timedelta(days=1)
    closed = {"registration_opens_at": now - 2 * day, "registration_closes_at": now - day}
    section = make_section(**closed)
    assert section_pages_open(section, alice(), now)
    section.access_starts_at = now + day
    assert not section_pages_open(section, alice(), now)
    section.access_starts_at, section.access_ends_at = None, now + day
    assert section_pages_open(section, alice(), now)


@pytest.mark.row("C03")
def test_each_state_has_its_own_visibility():
    people = {"nobody": NOBODY, "student": alice(), "teacher": ivan(), "other": oscar(), "staff": rita()}
    seen = {}
    for status in Section.Status.values:
        section = make_section(status=status, instructor=ivan())
        seen[status] = {
            name for name, person in people.items() if Section.objects.visible_to(person).filter(pk=section.pk)
        }
    everybody = set(people)
    assert seen == {
        "planned": {"teacher", "staff"},
        "open": everybody,
        "closed": everybody,
        "completed": everybody,
        "cancelled": everybody,
    }
    courses = {status: make_course(status=status) for status in Course.Status.values}
    for person, shown in ((NOBODY, {"published"}), (alice(), {"published"}), (rita(), set(courses))):
        found = Course.objects.visible_to(person)
        assert {status for status, course in courses.items() if course in found} == shown


@pytest.mark.row("C03")
def test_what_belongs_to_a_draft_or_a_hidden_term_is_seen_by_its_teachers_and_staff():
    term = make_term(is_published=False)
    for section in (make_section(term=term), make_section(course=make_course(status="draft"))):
        add_instructor(section, ivan(), is_primary=True)
        seen = [person for person in (alice(), ivan(), rita()) if section in Section.objects.visible_to(person)]
        assert seen == [ivan(), rita()]
    assert [term in Term.objects.visible_to(person) for person in (NOBODY, alice(), rita())] == [False, False, True]


@pytest.mark.row("T10")
def test_a_role_in_one_section_gives_nothing_in_another():
    mine, other, helper = make_section(instructor=ivan()), make_section(), make_user()
    add_instructor(mine, helper, role="assistant")
    assert [can_describe_section(ivan(), section) for section in (mine, other)] == [True, False]
    assert [teaches(helper, section) for section in (mine, other)] == [True, False]
    assert not can_describe_section(helper, mine)
    assert not teaches(NOBODY, mine)
    assert not can_describe_section(NOBODY, mine)
