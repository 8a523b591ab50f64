"""Races with real connections: what the section's lock holds, and that it is the lock that holds it."""

import threading
import time

import pytest
from django.db import connection, connections

from core import locks
from core.errors import DomainError
from courses.operations import change_section
from students import operations
from students.models import Enrollment, EnrollmentEvent, WaitlistEntry
from students.queries.seats import positions
from students.tests.makers import make_open_section, make_student

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def at_once(deeds):
    """Run every deed in a thread with a connection of its own, all from one barrier; return answers and refusals."""
    barrier, answers = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(n):
        try:
            connection.ensure_connection()
            barrier.wait(30)
            answers[n] = deeds[n]()
        except Exception as exc:
            answers[n] = exc
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    crashed = [a for a in answers if a is None or (isinstance(a, Exception) and not isinstance(a, DomainError))]
    assert crashed == []
    return answers


def codes(answers):
    return sorted(answer.code for answer in answers if isinstance(answer, DomainError))


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """These tests are about who gets what, not how fast: a slow machine must not turn waiting into "busy"."""
    monkeypatch.setattr(locks, "TIMEOUT", "60s")


@pytest.fixture
def crowd():
    return [make_student() for _ in range(60)]


@pytest.mark.row("E06", "R01", "R03")
def test_sixty_students_at_once_get_ten_seats_and_fifty_gapless_places(crowd):
    section = make_open_section(capacity=10)
    answers = at_once([lambda s=s: operations.request_seat(s, section, by=s.user) for s in crowd])
    assert codes(answers) == []
    assert Enrollment.objects.live().filter(section=section).count() == 10
    line = list(WaitlistEntry.objects.waiting().filter(section=section).in_order())
    assert [entry.seq for entry in line] == list(range(1, 51))
    assert sorted(positions(line).values()) == [(n, 50) for n in range(1, 51)]
    assert EnrollmentEvent.objects.count() == 10


@pytest.mark.row("R02")
def test_without_the_lock_the_same_crowd_oversells(crowd, settings, monkeypatch):
    section = make_open_section(capacity=10)
    settings.LOCKS_OFF = True
    monkeypatch.setattr(locks, "pause", lambda: time.sleep(0.2))
    for _ in range(5):
        at_once([lambda s=s: operations.enroll(s, section, by=s.user) for s in crowd])
        if Enrollment.objects.live().filter(section=section).count() > 10:
            return
        Enrollment.objects.filter(section=section).update(status="dropped")
    pytest.fail("The control did not oversell, so the test of the lock shows nothing.")


@pytest.mark.row("R04")
def test_one_student_who_clicks_often_is_enrolled_once():
    section, student = make_open_section(capacity=10), make_student()
    answers = at_once([lambda: operations.enroll(student, section, by=student.user)] * 20)
    assert codes(answers) == ["already_enrolled"] * 19
    assert Enrollment.objects.count() == EnrollmentEvent.objects.count() == 1


@pytest.mark.row("R07", "E09")
def test_drops_promotions_by_hand_and_a_raise_at_once_promote_exactly_the_first(crowd):
    section = make_open_section(capacity=20)
    held = [operations.enroll(student, section, by=None) for student in crowd[:20]]
    line = [operations.join_waitlist(student, section, by=None) for student in crowd[20:]]

    def more():
        return change_section(section, by=None, capacity=25)

    deeds = [lambda e=e: operations.drop(e, by=e.student.user) for e in held[:12]]
    answers = at_once([*deeds, *([lambda: operations.promote(section, by=None)] * 6), more])
    assert codes(answers) == []
    assert Enrollment.objects.live().filter(section=section).count() == 25
    accepted = WaitlistEntry.objects.filter(section=section, status="accepted").order_by("seq")
    assert [entry.pk for entry in accepted] == [entry.pk for entry in line[:17]]
    assert EnrollmentEvent.objects.filter(to_status="registered").count() == 20 + 17


@pytest.mark.row("R05")
def test_two_clashing_sections_at_once_give_one_of_them():
    from students.tests.makers import make_open_term, meet

    term = make_open_term()
    one, two = (make_open_section(term=term) for _ in range(2))
    meet(one)
    meet(two)
    for _ in range(5):
        student = make_student()
        deeds = [lambda s=s, who=student: operations.enroll(who, s, by=None) for s in (one, two)]
        assert codes(at_once(deeds)) == ["time_conflict"]
