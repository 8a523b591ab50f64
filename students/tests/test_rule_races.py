"""Races about what a student may hold and what a section gives, each with its control."""

import time
from decimal import Decimal

import pytest

from core import locks
from courses.operations import change_section, set_requirement
from students import operations
from students.models import Enrollment
from students.queries.seats import seats
from students.tests.makers import enroll_directly, make_open_section, make_open_term, make_student
from students.tests.test_races import at_once, codes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """These tests are about who gets what, not how fast: a slow machine must not turn waiting into "busy"."""
    monkeypatch.setattr(locks, "TIMEOUT", "60s")


def twenty_of_three_credits():
    term = make_open_term(credits_max=Decimal(18))
    return [make_open_section(term=term) for _ in range(20)]


@pytest.mark.row("R05", "E16")
def test_twenty_requests_at_once_of_three_credits_each_give_six_when_the_most_is_eighteen():
    student, sections = make_student(), twenty_of_three_credits()
    answers = at_once([lambda s=s: operations.enroll(student, s, by=student.user) for s in sections])
    assert codes(answers) == ["credits_over"] * 14
    assert Enrollment.objects.live().filter(student=student).count() == 6


@pytest.mark.row("R05")
def test_without_the_lock_of_the_student_more_than_eighteen_credits_are_given(settings, monkeypatch):
    sections = twenty_of_three_credits()
    settings.LOCKS_OFF = True
    monkeypatch.setattr(locks, "pause", lambda: time.sleep(0.2))
    for _ in range(5):
        student = make_student()
        at_once([lambda s=s, who=student: operations.enroll(who, s, by=who.user) for s in sections])
        if Enrollment.objects.live().filter(student=student).count() > 6:
            return
    pytest.fail("The control stayed within the credits, so the test of the lock shows nothing.")


def two_of_one_course():
    first = make_open_section(section_number="A")
    return [first, make_open_section(section_number="B", course=first.course, term=first.term)]


@pytest.mark.row("R05", "T07")
def test_two_sections_of_one_course_at_once_give_one_of_them():
    sections = two_of_one_course()
    for _ in range(5):
        student = make_student()
        answers = at_once([lambda s=s, who=student: operations.enroll(who, s, by=None) for s in sections])
        assert codes(answers) == ["in_course_already"]


@pytest.mark.row("R05", "T07")
def test_a_prerequisite_at_the_same_time_is_refused_or_counted_but_never_half():
    """The corequisite is dropped while the course that needs it is taken: one of both orders, nothing between."""
    term = make_open_term()
    needed, after = (make_open_section(term=term) for _ in range(2))
    set_requirement(after.course, {"course": str(needed.course.public_id), "concurrent_ok": True}, by=None)
    for _ in range(5):
        student = make_student()
        held = enroll_directly(student, needed)
        deeds = [
            lambda who=student: operations.enroll(who, after, by=None),
            lambda row=held: operations.drop(row, by=None),
        ]
        answers = at_once(deeds)
        assert codes(answers) in ([], ["prerequisites_missing"])


@pytest.mark.row("E14", "R01")
def test_reserved_seats_are_given_to_no_more_than_there_are():
    section = make_open_section(capacity=10, waitlist_mode="off")
    operations.reserve_seats(section, by=None, seats=4, level="graduate")
    crowd = [make_student() for _ in range(24)]
    graduates = [operations.change_profile(student, by=None, level="graduate") for student in crowd[:12]]
    everybody = [*graduates, *crowd[12:]]
    answers = at_once([lambda s=s: operations.enroll(s, section, by=s.user) for s in everybody])
    seated = Enrollment.objects.live().filter(section=section)
    assert seated.count() == 10
    assert seated.filter(student__level="graduate").count() >= 4
    assert set(codes(answers)) <= {"section_full", "seats_reserved"}


@pytest.mark.row("E14", "R02")
def test_without_the_lock_reserved_seats_are_given_to_others(settings, monkeypatch):
    section = make_open_section(capacity=10, waitlist_mode="off")
    operations.reserve_seats(section, by=None, seats=4, level="graduate")
    crowd = [make_student() for _ in range(24)]
    settings.LOCKS_OFF = True
    monkeypatch.setattr(locks, "pause", lambda: time.sleep(0.2))
    for _ in range(5):
        at_once([lambda s=s: operations.enroll(s, section, by=s.user) for s in crowd])
        if Enrollment.objects.live().filter(section=section).count() > 6:
            return
        Enrollment.objects.filter(section=section).update(status="dropped")
    pytest.fail("The control gave no reserved seat away, so the test of the lock shows nothing.")


@pytest.mark.row("R11")
def test_lowering_a_capacity_among_a_hundred_drops_and_adds_removes_nobody_and_oversells_nothing():
    section = make_open_section(capacity=50, waitlist_mode="off")
    held = [enroll_directly(make_student(), section) for _ in range(50)]
    shown = []

    def add(student):
        enrollment = operations.enroll(student, section, by=None)
        shown.append(seats(section).free)
        return enrollment

    deeds = [lambda: change_section(section, by=None, capacity=30)]
    deeds += [lambda e=e: operations.drop(e, by=None) for e in held[:40]]
    deeds += [lambda s=s: add(s) for s in [make_student() for _ in range(60)]]
    answers = at_once(deeds)
    assert set(codes(answers)) <= {"section_full"}
    live = Enrollment.objects.live().filter(section=section)
    assert live.filter(pk__in=[e.pk for e in held[40:]]).count() == 10
    assert Enrollment.objects.filter(section=section, status="dropped").count() == 40
    assert live.count() <= 50
    assert min(shown, default=0) >= 0
    section.refresh_from_db()
    while seats(section).free:
        operations.enroll(make_student(), section, by=None)
    assert live.count() >= 30
    error = at_once([lambda: operations.enroll(make_student(), section, by=None)])
    assert codes(error) == ["section_full"]


@pytest.mark.row("T08", "R05")
def test_two_sets_with_the_same_sections_in_other_orders_end_without_a_deadlock():
    term = make_open_term()
    sections = [make_open_section(term=term, capacity=10) for _ in range(4)]
    crowd = [make_student() for _ in range(20)]

    def take(student, n):
        order = sections if n % 2 else sections[::-1]
        return operations.enroll_all(student, order, by=student.user)

    answers = at_once([lambda s=s, n=n: take(s, n) for n, s in enumerate(crowd)])
    assert codes(answers) == ["set_refused"] * 10
    counts = {Enrollment.objects.live().filter(section=section).count() for section in sections}
    assert counts == {10}
    whole = Enrollment.objects.live().values_list("student_id", flat=True)
    assert len(set(whole)) == 10
