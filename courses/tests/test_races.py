"""Two of the office at once, on real connections: a rule that looks and then writes holds under its lock."""

import threading
import time
from datetime import date, timedelta

import pytest
from django.db import connection, connections

from core import locks
from core.problems import refusal_of
from courses import operations
from courses.models import Course, Section, Term
from courses.tests.makers import make_course, make_section, make_term

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def at_once(*deeds):
    """Run every deed in a thread with a connection of its own; return the codes of those that were refused."""
    barrier, refused = threading.Barrier(len(deeds)), []

    def run(deed):
        try:
            connection.ensure_connection()
            barrier.wait(30)
            deed()
        except Exception as exc:
            refusal = refusal_of(exc)
            refused.append(refusal.code if refusal else repr(exc))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return refused


@pytest.fixture
def without_locks(settings, monkeypatch):
    """Turn the row locks off and stop between the look and the write."""
    settings.LOCKS_OFF = True
    monkeypatch.setattr(locks, "pause", lambda: time.sleep(0.3))


def archive_and_plan():
    """Archive a course and plan a section of it, both at once."""
    course, term = make_course(), make_term()
    refused = at_once(
        lambda: operations.archive_course(course, by=None),
        lambda: operations.create_section(course, term, crn="1", section_number="A", by=None),
    )
    course.refresh_from_db()
    return refused, course.status == Course.Status.ARCHIVED and Section.objects.filter(course=course).exists()


@pytest.mark.row("C03")
def test_a_course_is_archived_or_a_section_of_it_planned_but_not_both():
    for _time in range(5):
        refused, broken = archive_and_plan()
        assert len(refused) == 1
        assert set(refused) <= {"course_has_sections", "course_not_published"}
        assert not broken
        Section.objects.all().delete()


@pytest.mark.row("C03")
def test_without_the_lock_an_archived_course_gets_a_section(without_locks):
    for _time in range(5):
        if archive_and_plan()[1]:
            return
        Section.objects.all().delete()
    pytest.fail("The control kept the rule, so the test of the lock shows nothing.")


def eight_with_one_crn():
    term = make_term()
    courses = [make_course() for _number in range(8)]
    return at_once(
        *(
            lambda course=course: operations.create_section(course, term, crn="1", section_number="A", by=None)
            for course in courses
        )
    )


@pytest.mark.row("T04")
def test_one_of_eight_gets_a_crn_and_the_others_hear_why():
    assert eight_with_one_crn() == ["crn_taken"] * 7
    assert Section.objects.count() == 1


@pytest.mark.row("T04")
def test_without_the_lock_the_database_still_gives_a_crn_once(without_locks):
    assert "taken" in eight_with_one_crn()
    assert Section.objects.count() == 1


@pytest.mark.row("T07")
def test_two_requirements_at_once_do_not_close_a_circle():
    for _time in range(5):
        one, two = make_course(), make_course()
        refused = at_once(
            lambda one=one, two=two: operations.set_requirement(one, {"course": str(two.public_id)}, by=None),
            lambda one=one, two=two: operations.set_requirement(two, {"course": str(one.public_id)}, by=None),
        )
        assert refused == ["requirement_cycle"]


@pytest.mark.row("T02")
def test_of_two_crossing_terms_at_once_one_is_made():
    days = {"start_date": date(2031, 9, 1), "end_date": date(2031, 12, 1)}
    refused = at_once(
        *(lambda code=code: operations.create_term(code=code, name=code, by=None, **days) for code in "ABCD")
    )
    assert len(refused) == 3
    assert Term.objects.count() == 1


def take_part_and_become_as_short():
    whole, part = make_term(), make_term(kind="part_of_term")
    return at_once(
        lambda: operations.change_term(part, by=None, parent=whole),
        lambda: operations.change_term(whole, by=None, kind="part_of_term"),
    )


def end_later_and_end_earlier():
    whole = make_term()
    day = whole.end_date - timedelta(days=20)
    part = make_term(kind="part_of_term", parent=whole, start_date=whole.start_date, end_date=day)
    return at_once(
        lambda: operations.change_term(part, by=None, end_date=whole.end_date),
        lambda: operations.change_term(whole, by=None, end_date=day),
    )


PARTS = [(take_part_and_become_as_short, "term_kind_order"), (end_later_and_end_earlier, "term_outside")]


@pytest.mark.row("T03")
@pytest.mark.parametrize(("deeds", "code"), PARTS)
def test_a_term_and_its_part_are_not_changed_past_each_other(monkeypatch, deeds, code):
    monkeypatch.setattr(locks, "pause", lambda: time.sleep(0.3))
    assert deeds() == [code]


@pytest.mark.parametrize(("deeds", "code"), PARTS)
def test_without_the_locks_a_term_and_its_part_contradict_each_other(without_locks, deeds, code):
    assert deeds() == []


@pytest.mark.row("T05")
def test_a_section_that_two_want_comes_into_one_group():
    shared, others = make_section(), [make_section() for _number in range(4)]
    refused = at_once(*(lambda other=other: operations.cross_list([shared, other], by=None) for other in others))
    assert refused == ["cross_listed_already"] * 3
    assert Section.objects.filter(cross_list_group__isnull=False).count() == 2
