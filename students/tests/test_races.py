"""Races with real connections: what the section's lock holds, and that it is the lock that holds it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from core import locks
from core.errors import DomainError
from courses.operations import change_section, cross_list, end_cross_list
from notifications.models import OutboxMessage
from students import operations
from students.errors import SectionFull
from students.models import Enrollment, EnrollmentEvent, WaitlistEntry
from students.queries.seats import positions
from students.tasks import promote_line
from students.tests.makers import fill, make_open_section, make_open_term, make_student, meet

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


@pytest.mark.row("R07", "E09")
def test_thirty_drops_ten_runs_by_staff_and_five_more_seats_promote_exactly_the_first_thirty_five():
    section = make_open_section(capacity=50)
    fill(section, 50)
    held = list(Enrollment.objects.filter(section=section).select_related("student__user", "section"))
    line = [operations.join_waitlist(make_student(), section, by=None) for _ in range(100)]
    most, done = [], threading.Event()

    def watch():
        while not done.is_set():
            most.append(Enrollment.objects.live().filter(section=section).count())
            time.sleep(0.02)
        connections.close_all()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        deeds = [lambda e=e: operations.drop(e, by=None) for e in held[:30]]
        deeds += [lambda: operations.promote(section, by=None)] * 10
        answers = at_once([*deeds, lambda: change_section(section, by=None, capacity=55)])
    finally:
        done.set()
        watcher.join()
    assert codes(answers) == []
    run_jobs(section)
    accepted = WaitlistEntry.objects.filter(section=section, status="accepted").order_by("seq")
    assert [entry.pk for entry in accepted] == [entry.pk for entry in line[:35]]
    assert OutboxMessage.objects.filter(kind="promoted").count() == 35
    assert Enrollment.objects.live().filter(section=section).count() == 55
    assert max(most) <= 55


@pytest.mark.row("R03")
@pytest.mark.parametrize("stands_still", [False, True])
def test_whoever_was_answered_before_another_asked_is_before_them_in_line(crowd, monkeypatch, stands_still):
    section = make_open_section(capacity=0)
    if stands_still:  # the order is a number of the line, not a time
        at = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: at)
    asked, told = {}, {}

    def join(student):
        asked[student.pk] = time.monotonic()
        entry = operations.join_waitlist(student, section, by=student.user)
        told[student.pk] = time.monotonic()
        return entry

    for part in (crowd[:20], crowd[20:40], crowd[40:]):
        at_once([lambda s=s: join(s) for s in part])
    seq = dict(WaitlistEntry.objects.filter(section=section).values_list("student", "seq"))
    before = [(a, b) for a in told for b in asked if told[a] < asked[b]]
    assert len(before) >= 2 * 20 * 20
    assert [pair for pair in before if seq[pair[0]] >= seq[pair[1]]] == []
    assert sorted(seq.values()) == list(range(1, 61))


def run_jobs(*sections):
    """Run the jobs of the lines until none is left."""
    mine = ProcrastinateJob.objects.filter(args__section_id__in=[section.pk for section in sections])
    done = set()
    while jobs := mine.filter(task_name="students.promote_line").exclude(id__in=done):
        for job in jobs:
            done.add(job.id)
            promote_line(**job.args)


def in_turns(deeds, hands=12):
    """Run many deeds by a few threads; return answers and refusals, and raise what is neither."""
    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(lambda deed: in_a_thread(deed), deeds))


def in_a_thread(deed):
    try:
        return deed()
    except DomainError as exc:
        return exc
    finally:
        connections.close_all()


def crossing(people):
    """Return two classes at the same time with ten free seats each, and deeds by which all change sides."""
    term = make_open_term()
    one, two = (make_open_section(term=term, capacity=people + 10) for _ in range(2))
    meet(one)
    meet(two)
    for section in (one, two):
        fill(section, people)
    mine = Enrollment.objects.select_related("student__user", "section")
    pairs = zip(mine.filter(section=one), mine.filter(section=two), strict=True)
    return one, two, [(e, other) for pair in pairs for e, other in zip(pair, (two, one), strict=True)]


def swap_or_wait(enrollment, other):
    student = enrollment.student
    try:
        return operations.swap(enrollment, other, by=None)
    except SectionFull:
        return operations.join_waitlist(student, other, by=None, swap=enrollment)


@pytest.mark.row("R06", "E13")
def test_two_hundred_swap_each_way_and_nobody_is_in_none_or_both():
    one, two, wishes = crossing(200)
    started = set(Enrollment.objects.live().values_list("student", flat=True))
    answers = in_turns([lambda e=e, o=o: swap_or_wait(e, o) for e, o in wishes])
    assert codes(answers) == []
    run_jobs(one, two)
    live = Enrollment.objects.live()
    assert sorted(live.values_list("student", flat=True)) == sorted(started)
    assert live.filter(section=one).count() == live.filter(section=two).count() == 200
    assert {live.get(student=e.student).section_id == o.pk for e, o in wishes} == {True}


@pytest.mark.row("R06")
def test_without_the_locks_swaps_oversell(settings, monkeypatch):
    settings.LOCKS_OFF = True
    monkeypatch.setattr(locks, "pause", lambda: time.sleep(0.1))
    for _ in range(5):
        _one, two, wishes = crossing(30)
        in_turns([lambda e=e, o=o: swap_or_wait(e, o) for e, o in wishes if o == two], hands=30)
        if Enrollment.objects.live().filter(section=two).count() > 40:
            return
    pytest.fail("The control did not oversell, so the test of the lock shows nothing.")


@pytest.mark.row("R05")
def test_two_clashing_sections_at_once_give_one_of_them():
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
