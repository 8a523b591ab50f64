"""Seats that are offered: for how long, to whom, and what becomes of them when nobody answers."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.tests.makers import oscar, rita
from core.errors import DomainError
from courses.operations import change_section, cross_list
from notifications.models import OutboxMessage
from notifications.operations import deliver
from students import operations
from students.models import Enrollment, WaitlistEntry
from students.operations import sweeps
from students.queries.offers import by_day, offer_ends
from students.queries.seats import position, seats
from students.tasks import pass_on_lapsed
from students.tests.clock import Clock
from students.tests.makers import make_offer, make_open_section, make_open_term, make_student, meet

pytestmark = pytest.mark.django_db
# Nine in the morning of the campus, in winter.
MORNING = datetime(2027, 1, 12, 14, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch, MORNING)


def refused(deed, *args, **kwargs):
    with pytest.raises(DomainError) as caught:
        deed(*args, **kwargs)
    return caught.value.code


def offering(waiting=3, capacity=1, **fields):
    """Return a section that offers its seats, the holders' enrollments, and those who wait."""
    section = make_open_section(capacity=capacity, waitlist_mode="offer", **fields)
    held = [operations.enroll(make_student(), section, by=None) for _ in range(capacity)]
    line = [operations.join_waitlist(make_student(), section, by=None) for _ in range(waiting)]
    return section, held, line


def statuses(line):
    return [WaitlistEntry.objects.get(pk=entry.pk).status for entry in line]


def mails(entry):
    found = OutboxMessage.objects.filter(recipient=entry.student.user)
    return sorted(found.exclude(kind="waitlisted").values_list("kind", flat=True))


def drop(enrollment):
    return operations.drop(enrollment, by=enrollment.student.user)


@pytest.mark.row("E11")
def test_a_freed_seat_is_offered_to_the_first_and_kept_from_everybody_else(clock):
    section, held, line = offering()
    drop(held[0])
    assert statuses(line) == ["offered", "waiting", "waiting"]
    found = seats(section)
    assert (found.taken, found.offered, found.free, found.waiting) == (0, 1, 0, 2)
    newcomer = make_student()
    assert refused(operations.enroll, newcomer, section, by=newcomer.user) == "section_full"
    assert [position(entry) for entry in WaitlistEntry.objects.waiting().in_order()] == [(1, 2), (2, 2)]
    assert mails(line[0]) == ["offer_reminder", "seat_offered"]
    entry = WaitlistEntry.objects.get(pk=line[0].pk)
    assert entry.offer_expires_at - entry.offered_at == timedelta(hours=24)
    reminder = OutboxMessage.objects.get(kind="offer_reminder")
    assert entry.offer_expires_at - reminder.not_before == timedelta(hours=6)


@pytest.mark.row("E11")
def test_an_accepted_offer_is_a_seat_and_twice_is_the_same_one(clock):
    section, held, line = offering()
    drop(held[0])
    student = line[0].student
    seat = operations.accept_offer(line[0], by=student.user)
    assert operations.accept_offer(line[0], by=student.user) == seat
    assert (seat.student, seat.section, seat.status, seat.source) == (student, section, "registered", "waitlist")
    assert statuses(line) == ["accepted", "waiting", "waiting"]
    assert [event.kind for event in line[0].events.all()] == ["joined", "offered", "accepted"]
    assert Enrollment.objects.live().filter(section=section).count() == 1


@pytest.mark.row("E11")
def test_enrolling_takes_the_seat_that_is_offered_too(clock):
    section, held, line = offering()
    drop(held[0])
    operations.enroll(line[0].student, section, by=line[0].student.user)
    assert statuses(line) == ["accepted", "waiting", "waiting"]


@pytest.mark.row("E11", "R10")
@pytest.mark.parametrize("how", ["decline", "leave", "remove"])
def test_a_declined_offer_goes_to_the_next_and_the_place_is_lost(clock, how):
    section, held, line = offering()
    drop(held[0])
    student = line[0].student
    ways = {
        "decline": lambda: operations.decline_offer(line[0], by=student.user),
        "leave": lambda: operations.leave_waitlist(WaitlistEntry.objects.get(pk=line[0].pk), by=student.user),
        "remove": lambda: operations.decline_offer(line[0], by=rita(), reason="Graduated."),
    }
    ways[how]()
    assert statuses(line)[1:] == ["offered", "waiting"]
    assert statuses(line)[0] in {"declined", "removed"}
    again = operations.join_waitlist(student, section, by=student.user)
    assert position(again) == (2, 2)
    assert refused(operations.accept_offer, line[0], by=student.user) == "not_offered"


@pytest.mark.row("R10", "E11")
def test_an_offer_that_ends_moves_once_with_one_mail_each_however_often_the_job_runs(clock, monkeypatch):
    section, held, line = offering()
    drop(held[0])
    clock.move(hours=24, seconds=1)
    killed = iter([True, True])

    def pass_on(section, **more):
        if next(killed, False):
            raise SystemExit
        return original(section, **more)

    original = sweeps.pass_on
    monkeypatch.setattr(sweeps, "pass_on", pass_on)
    for _kill in range(2):
        with pytest.raises(SystemExit):
            pass_on_lapsed(timestamp=0)
    for _run in range(3):
        pass_on_lapsed(timestamp=0)
    assert statuses(line) == ["expired", "offered", "waiting"]
    assert mails(line[0]) == ["offer_expired", "offer_reminder", "seat_offered"]
    assert mails(line[1]) == ["offer_reminder", "seat_offered"]
    assert mails(line[2]) == []
    assert position(operations.join_waitlist(line[0].student, section, by=None)) == (2, 2)


@pytest.mark.row("R10")
def test_an_answer_after_the_end_passes_the_seat_on_and_says_so(clock):
    _section, held, line = offering()
    drop(held[0])
    clock.move(hours=24)
    assert refused(operations.accept_offer, line[0], by=line[0].student.user) == "offer_ended"
    assert statuses(line) == ["expired", "offered", "waiting"]


@pytest.mark.row("E11", "R10")
def test_an_ended_offer_is_passed_on_by_whoever_needs_the_line_before_any_job(clock):
    section, held, line = offering(waiting=2)
    drop(held[0])
    clock.move(hours=25)
    newcomer = operations.join_waitlist(make_student(), section, by=None)
    assert statuses([*line, newcomer]) == ["expired", "offered", "waiting"]


@pytest.mark.row("E11")
def test_an_ended_offer_frees_the_seat_at_once_where_nobody_waits(clock):
    section, held, line = offering(waiting=1)
    drop(held[0])
    clock.move(hours=24)
    newcomer = make_student()
    assert operations.enroll(newcomer, section, by=newcomer.user).is_live
    assert refused(operations.join_waitlist, newcomer, section, by=newcomer.user) == "already_enrolled"
    assert position(operations.join_waitlist(line[0].student, section, by=None)) == (1, 1)


@pytest.mark.row("E12", "E11")
def test_accepting_asks_the_rules_again_and_the_offer_stands_until_its_end(clock):
    term = make_open_term(start_date=MORNING.date(), end_date=MORNING.date() + timedelta(days=90))
    section, held, line = offering(term=term)
    meet(section)
    other = make_open_section(term=term)
    meet(other)
    drop(held[0])
    student = line[0].student
    clash = operations.enroll(student, other, by=None)
    assert refused(operations.accept_offer, line[0], by=student.user) == "time_conflict"
    assert statuses(line)[0] == "offered"
    operations.drop(clash, by=student.user)
    assert operations.accept_offer(line[0], by=student.user).is_live


@pytest.mark.row("R09", "E11")
def test_who_may_not_have_the_seat_is_passed_over_and_the_next_is_offered_it(clock):
    _section, held, line = offering(waiting=6)
    for entry in line[:5]:
        entry.student.user.is_active = False
        entry.student.user.save()
    drop(held[0])
    assert statuses(line) == ["waiting"] * 5 + ["offered"]
    assert {entry.last_skip_code for entry in WaitlistEntry.objects.waiting()} == {"account_inactive"}


@pytest.mark.row("E11", "R70")
def test_an_offer_is_answered_by_its_student_and_by_staff_alone(clock):
    entry = make_offer(make_student())
    assert refused(operations.accept_offer, entry, by=oscar()) == "may_not_enroll"
    assert refused(operations.decline_offer, entry, by=oscar()) == "may_not_manage_line"
    assert refused(operations.decline_offer, entry, by=rita()) == "reason_missing"
    assert operations.accept_offer(entry, by=rita(), reason="On the phone.").is_live
    waiting = operations.join_waitlist(make_student(), entry.section, by=None)
    assert refused(operations.accept_offer, waiting, by=waiting.student.user) == "not_offered"
    assert refused(operations.decline_offer, waiting, by=waiting.student.user) == "not_offered"


@pytest.mark.row("E11")
@pytest.mark.parametrize(
    ("hour", "hours", "ends"),
    [
        (9, 24, "13 09:00"),
        (9, 12, "12 21:00"),
        (9, 13, "13 08:00"),
        (9, 22, "13 08:00"),
        (9, 23, "13 08:00"),
        (21, 2, "13 08:00"),
        (23, 24, "14 08:00"),
    ],
)
def test_no_offer_ends_in_the_night_of_the_campus(hour, hours, ends):
    section = make_open_section(offer_hours=hours)
    found = offer_ends(section, MORNING + timedelta(hours=hour - 9))
    with timezone.override(settings.CAMPUS_TIME_ZONE):
        assert f"{timezone.localtime(found):%d %H:%M}" == ends


@pytest.mark.row("E11")
@pytest.mark.parametrize(("left", "length"), [(72, 24), (36, 12), (12, 4), (6, 2), (3, 2), (1, 2)])
def test_an_offer_is_shorter_near_the_end_of_the_line_but_not_below_two_hours(left, length):
    section = make_open_section(waitlist_closes_at=MORNING + timedelta(hours=left))
    assert offer_ends(section, MORNING) - MORNING == timedelta(hours=length)


@pytest.mark.row("E11")
def test_the_end_of_registration_cuts_an_offer_off():
    section = make_open_section(registration_closes_at=MORNING + timedelta(hours=1))
    assert offer_ends(section, MORNING) == section.registration_closes_at


@pytest.mark.row("E11")
def test_every_instant_of_a_year_is_moved_out_of_the_night():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for hour in range(365 * 24):
        at = by_day(start + timedelta(hours=hour))
        with timezone.override(settings.CAMPUS_TIME_ZONE):
            assert 8 <= timezone.localtime(at).hour < 22
        assert timedelta(0) <= at - start - timedelta(hours=hour) <= timedelta(hours=11)


@pytest.mark.row("E07", "E11")
def test_a_line_that_closes_tells_everybody_who_waits_and_takes_nobody_more(clock):
    section, held, line = offering(waitlist_closes_at=MORNING + timedelta(hours=3))
    drop(held[0])
    clock.move(hours=3)
    assert refused(operations.join_waitlist, make_student(), section, by=None) == "line_closed"
    assert operations.pass_on_lapsed() == 1
    assert operations.pass_on_lapsed() == 0
    assert statuses(line) == ["expired", "closed", "closed"]
    assert [mails(entry) for entry in line[1:]] == [["line_closed"]] * 2
    newcomer = make_student()
    assert operations.enroll(newcomer, section, by=newcomer.user).is_live


@pytest.mark.row("E11")
def test_mail_of_an_offer_that_is_over_is_not_sent(clock):
    _section, held, line = offering()
    drop(held[0])
    operations.accept_offer(line[0], by=line[0].student.user)
    reminder = OutboxMessage.objects.get(kind="offer_reminder")
    clock.move(hours=18)
    assert deliver(reminder.pk) == "void"


@pytest.mark.row("E11", "T05")
def test_an_offer_takes_a_seat_of_all_that_are_one_class(clock):
    term = make_open_term()
    one, two = (make_open_section(term=term, capacity=9, waitlist_mode="offer") for _ in range(2))
    cross_list([one, two], by=None, capacity=1)
    for section in (one, two):
        section.refresh_from_db()
    held = operations.enroll(make_student(), one, by=None)
    entry = operations.join_waitlist(make_student(), two, by=None)
    drop(held)
    assert statuses([entry]) == ["offered"]
    newcomer = make_student()
    assert refused(operations.enroll, newcomer, one, by=newcomer.user) == "section_full"


@pytest.mark.row("E11", "R11")
def test_a_lowered_capacity_leaves_offers_as_they_are_and_gives_no_more():
    section, held, line = offering(capacity=2)
    drop(held[0])
    change_section(section, by=rita(), capacity=1)
    assert statuses(line) == ["offered", "waiting", "waiting"]
    operations.decline_offer(line[0], by=line[0].student.user)
    assert statuses(line) == ["declined", "waiting", "waiting"]


@pytest.mark.row("E11")
def test_the_job_is_left_nothing_when_all_are_locked(clock):
    _section, held, _line = offering()
    drop(held[0])
    assert not ProcrastinateJob.objects.filter(task_name="students.promote_line").exists()
