"""Races with real connections: the locks decide who is told what, and behind them the database who gets the room."""

import threading
import time as clock
from collections import Counter
from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, connection, connections

from accounts.tests.makers import make_user
from core import locks
from core.errors import DomainError
from courses.tests.makers import make_section, make_term
from scheduling import operations
from scheduling.models import Claim, ConflictOverride, Meeting, MeetingPattern
from scheduling.queries.clashes import clash_lines
from scheduling.tests.makers import make_pattern, make_room

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
FIRST, LAST = date(2031, 9, 1), date(2031, 12, 12)


def at_once(deeds):
    """Run every deed in a thread with a connection of its own, all from one barrier; count answers and refusals."""
    barrier, answers = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(n):
        try:
            connection.ensure_connection()
            barrier.wait(30)
            deeds[n]()
            answers[n] = "done"
        except DomainError as exc:
            answers[n] = exc.code
        except Exception as exc:
            answers[n] = type(exc).__name__
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return Counter(answers)


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """These tests are about who gets what, not how fast: a slow machine must not turn waiting into "busy"."""
    monkeypatch.setattr(locks, "TIMEOUT", "60s")


@pytest.fixture
def sections():
    term = make_term(start_date=FIRST, end_date=LAST)
    return [make_section(term=term) for _ in range(12)]


@pytest.fixture
def unlocked(settings, monkeypatch):
    """Turn the row locks off, and give everybody time to look before anybody writes."""
    settings.LOCKS_OFF = True
    monkeypatch.setattr(locks, "pause", lambda: clock.sleep(0.3))


def standing_patterns():
    return Meeting.objects.values("pattern").distinct().count()


def keys_drawn():
    with connection.cursor() as cursor:
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM scheduling_claim_id_seq")
        return cursor.fetchone()[0]


@pytest.mark.row("S03", "S12")
def test_of_many_who_plan_in_one_room_one_gets_it_and_the_others_hear_who(sections):
    room, before = make_room(), keys_drawn()
    assert at_once([lambda s=s: make_pattern(s, room=room) for s in sections]) == {"done": 1, "room_taken": 11}
    assert standing_patterns() == 1
    assert keys_drawn() - before == Meeting.objects.count()


@pytest.mark.row("S03", "R02")
def test_without_the_locks_the_database_still_gives_the_room_once(sections, unlocked):
    """Several find the room free and go on to take it: without the locks the look holds nothing, the constraint all."""
    for _ in range(5):
        room, before = make_room(), keys_drawn()
        at_once([lambda s=s, room=room: make_pattern(s, room=room) for s in sections])
        meetings = Meeting.objects.filter(room=room).count()
        assert Meeting.objects.filter(room=room).values("pattern").distinct().count() == 1
        assert Claim.objects.filter(room=room, active=True, hard=True).count() == meetings
        # Keys are drawn by those only whose look found nothing in the way.
        if keys_drawn() - before >= 2 * meetings:
            return
        operations.cancel_pattern(MeetingPattern.objects.get(room=room), by=None)
    pytest.fail("Nobody else found the room free, so the control shows nothing.")


@pytest.mark.row("S04")
def test_one_instructor_is_planned_once_by_two_registrars(sections):
    teacher = make_user(roles=["instructor"])
    deeds = [lambda s=s: make_pattern(s, room=make_room(), instructors=[teacher]) for s in sections[:2]]
    assert at_once(deeds) == {"done": 1, "instructor_taken": 1}


@pytest.mark.row("S08", "S03")
def test_a_meeting_that_moves_and_a_pattern_that_is_planned_never_share_a_room(sections):
    room = make_room()
    meeting = make_pattern(sections[0], "M", room=room).meetings.first()
    start = meeting.starts_at + timedelta(days=1)
    there = {"starts_at": start, "ends_at": start + timedelta(minutes=50)}
    deeds = [
        lambda: operations.move_meeting(meeting, by=None, **there),
        lambda: make_pattern(sections[1], "T", room=room),
    ]
    assert at_once(deeds) == {"done": 1, "room_taken": 1}


def test_two_patterns_that_change_rooms_crosswise_do_not_lock_each_other_out(sections):
    rooms = [make_room(), make_room()]
    one, other = (make_pattern(s, room=room) for s, room in zip(sections, rooms, strict=False))
    for _ in range(3):
        deeds = [
            lambda: operations.change_pattern(one, by=None, room=rooms[1]),
            lambda: operations.change_pattern(other, by=None, room=rooms[0]),
        ]
        assert at_once(deeds) == {"room_taken": 2}


def clash(sections):
    room, plans = make_room(), []
    for section in sections[:2]:
        fields = {"days": 1, "start_time": time(9), "end_time": time(10), "start_date": FIRST, "end_date": LAST}
        pattern = MeetingPattern.objects.create(term=section.term, room=room, **fields)
        pattern.sections.set([section])
        plans.append((pattern, []))
    operations.expand_many(plans)
    return next(line.pairs for line in clash_lines() if line.room_id == room.pk)


@pytest.mark.row("W11")
def test_a_clash_that_two_accept_at_once_is_accepted_once(sections):
    pairs = clash(sections)
    deeds = [lambda: operations.accept_clashes(pairs, by=None, reason="Outdoors")] * 6
    assert at_once(deeds) == {"done": 1, "clash_gone": 5}
    assert ConflictOverride.objects.count() == 15


@pytest.mark.row("W11")
def test_without_the_locks_the_second_acceptance_runs_into_the_constraint(sections, unlocked):
    """The control: several find the clash open, and it is the database that keeps the record single."""
    for n in range(5):
        pairs = clash(sections[2 * n : 2 * n + 2])
        deeds = [lambda pairs=pairs: operations.accept_clashes(pairs, by=None, reason="Outdoors")] * 6
        answers = at_once(deeds)
        assert answers["done"] == 1
        assert ConflictOverride.objects.count() == 15 * (n + 1)
        if answers[IntegrityError.__name__]:
            return
    pytest.fail("Nobody else found the clash open, so the control shows nothing.")
