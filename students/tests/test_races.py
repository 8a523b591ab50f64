"""Races with real connections: what the section's lock holds, and that it is the lock that holds it."""

import threading
import time

import pytest
from django.db import connection, connections, transaction

from core import locks
from core.errors import DomainError
from courses.operations import change_section, cross_list, end_cross_list
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


def while_it_waits(deed, change):
    """Run `deed` in a thread until it waits for a lock that `change` holds, then commit the change; return its answer.

    Whatever else the deed answers than a refusal is raised by `at_once`.
    """
    answers = []
    with transaction.atomic():
        change()
        thread = threading.Thread(target=lambda: answers.extend(at_once([deed])))
        thread.start()
        for _ in range(400):
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    break
            time.sleep(0.05)
        else:
            pytest.fail("The deed did not wait, so nothing is shown.")
    return thread, answers


@pytest.mark.row("E06", "R01", "T05")
@pytest.mark.parametrize("deed", ["enroll", "request_seat", "join_waitlist", "promote_entry", "drop", "change_section"])
def test_a_deed_that_waits_while_a_class_is_parted_goes_through_or_is_refused(deed):
    one, two = (make_open_section(capacity=1) for _ in range(2))
    one, two = same_term(one, two)
    cross_list([one, two], by=None, capacity=5)
    held = operations.enroll(make_student(), one, by=None)
    entry = operations.join_waitlist(make_student(), one, by=None)
    one.refresh_from_db()
    someone = make_student()
    deeds = {
        "enroll": lambda: operations.enroll(someone, two, by=None),
        "request_seat": lambda: operations.request_seat(someone, two, by=None),
        "join_waitlist": lambda: operations.join_waitlist(someone, one, by=None),
        "promote_entry": lambda: operations.promote_entry(entry, by=None, reason="Asked"),
        "drop": lambda: operations.drop(held, by=None),
        "change_section": lambda: change_section(one, by=None, capacity=2),
    }
    thread, answers = while_it_waits(deeds[deed], lambda: end_cross_list(one, by=None))
    thread.join(60)
    assert codes(answers) in ([], ["section_full"], ["busy"])
    assert len(answers) == 1


@pytest.mark.row("E06", "R01", "T05")
def test_seats_in_common_are_not_oversold_by_somebody_who_waited_before_the_classes_were_one(monkeypatch):
    one, two = same_term(*(make_open_section(capacity=5) for _ in range(2)))
    first, second = make_student(), make_student()
    # Each locks the person and then the section; with the locks of their sections both look at once.
    both, meets = threading.Barrier(2), iter([False, True, False, True])

    def change():
        cross_list([one, two], by=None, capacity=1)
        monkeypatch.setattr(locks, "pause", lambda: next(meets, False) and both.wait(30))

    thread, answers = while_it_waits(lambda: operations.enroll(first, one, by=None), change)
    while not both.n_waiting:
        time.sleep(0.01)
    answers += at_once([lambda: operations.enroll(second, two, by=None)])
    thread.join(60)
    assert Enrollment.objects.live().filter(section__in=[one, two]).count() == 1


def same_term(*sections):
    for section in sections[1:]:
        section.term = sections[0].term
        section.save()
    return sections
