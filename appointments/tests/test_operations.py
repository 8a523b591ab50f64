from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from appointments import errors, operations
from appointments.models import Appointment, AppointmentEvent, AppointmentType, Session
from appointments.operations.availability import Hours
from appointments.queries.booking import booking_check
from appointments.tests.makers import at, make_schedule, make_type
from notifications.models import OutboxMessage
from scheduling.models import Claim, Closure
from scheduling.queries import busy

pytestmark = pytest.mark.django_db


def claims_of(person):
    return sorted((c.during.lower, c.during.upper) for c in Claim.objects.filter(person=person, active=True))


def told(kind):
    return sorted(OutboxMessage.objects.filter(kind=kind).values_list("recipient__given_name", flat=True))


@pytest.mark.row("W09", "P05")
def test_booking_takes_the_time_of_both_with_the_host_buffers():
    type = make_type(ivan(), buffer_before_minutes=5, buffer_after_minutes=10)
    appointment = operations.book(type, alice(), at(9), by=alice(), topic=" Graphs ")
    assert (appointment.status, appointment.topic, appointment.ical_sequence) == ("confirmed", "Graphs", 0)
    assert claims_of(alice()) == [(at(9), at(9, 30))]
    assert claims_of(ivan()) == [(at(8, 55), at(9, 40))]
    assert told("appointment_booked") == ["Alice", "Ivan"]
    assert told("appointment_reminder") == ["Alice", "Ivan"]
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.starts_at) == ("booked", alice(), at(9))


@pytest.mark.row("P05")
@pytest.mark.parametrize("order", [(9, 10), (10, 9)])
def test_the_buffers_of_both_neighbours_count_in_either_order(order):
    type = make_type(ivan(), duration_minutes=60, interval_minutes=5, buffer_before_minutes=10, buffer_after_minutes=10)
    first, second = order
    operations.book(type, alice(), at(first), by=alice())
    other = make_user(roles=["student"])
    shift = 15 if second > first else -15
    with pytest.raises(errors.SlotTaken):
        operations.book(type, other, at(second) + timedelta(minutes=shift), by=other)
    apart = 20 if second > first else -20
    assert operations.book(type, other, at(second) + timedelta(minutes=apart), by=other).pk


@pytest.mark.row("P21", "Z01")
def test_a_student_has_one_appointment_at_a_time():
    operations.book(make_type(ivan()), alice(), at(9), by=alice())
    other = make_user(roles=["instructor"])
    type = make_type(other, interval_minutes=15)
    with pytest.raises(errors.StudentBusy):
        operations.book(type, alice(), at(9, 15), by=alice())
    assert operations.book(type, alice(), at(9, 30), by=alice()).pk


@pytest.mark.row("P10", "P22")
def test_a_full_session_refuses_one_more():
    type = make_type(ivan(), seats=2)
    students = [make_user(roles=["student"]) for _ in range(3)]
    for student in students[:2]:
        operations.book(type, student, at(9), by=student)
    with pytest.raises(errors.SessionFull):
        operations.book(type, students[2], at(9), by=students[2])
    assert Session.objects.count() == 1


def test_the_same_time_twice_is_booked_already():
    type = make_type(ivan(), seats=2)
    operations.book(type, alice(), at(9), by=alice())
    with pytest.raises(errors.AlreadyBooked):
        operations.book(type, alice(), at(9), by=alice())


@pytest.mark.row("P06", "P16")
def test_the_notice_binds_students_and_not_the_host():
    type = make_type(ivan(), notice_minutes=60 * 24 * 30)
    with pytest.raises(errors.TooSoon):
        operations.book(type, alice(), at(9), by=alice())
    assert operations.book(type, alice(), at(9), by=ivan()).booked_by == ivan()


@pytest.mark.row("P07")
def test_past_the_horizon_nothing_is_booked():
    type = make_type(ivan(), horizon_days=13)
    with pytest.raises(errors.TooFar):
        operations.book(type, alice(), at(9), by=alice())


@pytest.mark.row("P09")
def test_the_open_bookings_of_a_student_with_a_host_are_limited():
    type = make_type(ivan(), max_open_per_student=1)
    first = operations.book(type, alice(), at(9), by=alice())
    with pytest.raises(errors.OpenLimitReached):
        operations.book(type, alice(), at(11), by=alice())
    operations.cancel(first, by=alice())
    assert operations.book(type, alice(), at(11), by=alice()).pk


@pytest.mark.row("P09")
def test_the_bookings_of_a_student_in_a_term_are_limited():
    type = make_type(ivan(), max_total_per_student=1)
    operations.book(type, alice(), at(9), by=alice())
    with pytest.raises(errors.TotalLimitReached):
        operations.book(type, alice(), at(11), by=alice())


@pytest.mark.row("P03")
def test_a_closed_day_is_named():
    type = make_type(ivan())
    day = at(9).astimezone(ZoneInfo("America/New_York")).date()
    Closure.objects.create(name="Founders' day", start_date=day, end_date=day)
    with pytest.raises(errors.ClosedDay) as refusal:
        operations.book(type, alice(), at(9), by=alice())
    assert refusal.value.facts == {"closure": "Founders' day"}


@pytest.mark.parametrize("when", [at(7), at(9, 10), at(17, 45)])
def test_a_time_the_host_does_not_offer_is_refused(when):
    with pytest.raises(errors.TimeNotOffered):
        operations.book(make_type(ivan()), alice(), when, by=alice())


def test_the_past_is_not_booked_by_anyone():
    type = make_type(ivan())
    with pytest.raises(errors.AlreadyStarted):
        operations.book(type, alice(), at(9, days=-14), by=ivan())


def test_an_archived_type_and_a_gone_host_offer_nothing():
    type = make_type(ivan())
    operations.archive_type(type, by=ivan())
    with pytest.raises(errors.TypeNotOffered):
        operations.book(type, alice(), at(9), by=alice())
    host = make_user(roles=["instructor"], is_active=False)
    with pytest.raises(errors.HostInactive):
        operations.book(make_type(host), alice(), at(9), by=alice())


def test_strangers_book_for_nobody():
    type = make_type(ivan())
    other = make_user(roles=["student"])
    for by, student in [(oscar(), oscar()), (oscar(), alice()), (other, alice()), (ivan(), ivan()), (rita(), alice())]:
        with pytest.raises(errors.MayNotBook):
            operations.book(type, student, at(9), by=by)


@pytest.mark.row("P14", "K01", "R14")
def test_moving_keeps_the_appointment_and_its_uid():
    type = make_type(ivan())
    booked = operations.book(type, alice(), at(9), by=alice())
    moved = operations.move(booked, at(9, 30), by=alice())
    assert (moved.pk, moved.ical_uid, moved.ical_sequence) == (booked.pk, booked.ical_uid, 1)
    assert claims_of(alice()) == claims_of(ivan()) == [(at(9, 30), at(10))]
    assert told("appointment_moved") == ["Alice", "Ivan"]
    assert list(Session.objects.order_by("starts_at").values_list("status", flat=True)) == ["cancelled", "open"]


@pytest.mark.row("P14")
def test_moving_into_a_time_that_overlaps_the_own_one_is_possible():
    type = make_type(ivan(), duration_minutes=60, interval_minutes=15)
    booked = operations.book(type, alice(), at(9), by=alice())
    assert operations.move(booked, at(9, 15), by=alice()).session.starts_at == at(9, 15)


@pytest.mark.row("P14", "R14")
def test_a_refused_move_keeps_the_old_time():
    type = make_type(ivan())
    booked = operations.book(type, alice(), at(9), by=alice())
    other = make_user(roles=["student"])
    operations.book(type, other, at(10), by=other)
    with pytest.raises(errors.SlotTaken):
        operations.move(booked, at(10), by=alice())
    booked.refresh_from_db()
    assert (booked.session.starts_at, booked.ical_sequence) == (at(9), 0)
    assert claims_of(alice()) == [(at(9), at(9, 30))]


@pytest.mark.row("P15")
@pytest.mark.parametrize("cutoff", ["move_cutoff_minutes", "cancel_cutoff_minutes"])
def test_a_near_time_cannot_be_moved_away_from(cutoff):
    type = make_type(ivan(), **{cutoff: 60 * 24 * 30})
    booked = operations.book(type, alice(), at(9), by=alice())
    with pytest.raises(errors.TooLateToMove):
        operations.move(booked, at(10, days=20), by=alice())
    assert operations.move(booked, at(10, days=20), by=ivan()).ical_sequence == 1


@pytest.mark.row("P15", "P16")
def test_a_near_time_is_cancelled_by_the_host_only():
    type = make_type(ivan(), cancel_cutoff_minutes=60 * 24 * 30)
    booked = operations.book(type, alice(), at(9), by=alice())
    with pytest.raises(errors.TooLateToCancel):
        operations.cancel(booked, by=alice())
    assert operations.cancel(booked, by=ivan(), reason="Ill").status == "cancelled_by_host"


@pytest.mark.row("P17", "K02")
def test_cancelling_frees_the_time_and_tells_why():
    type = make_type(ivan())
    booked = operations.book(type, alice(), at(9), by=alice())
    with pytest.raises(errors.ReasonNeeded):
        operations.cancel(booked, by=ivan())
    cancelled = operations.cancel(booked, by=ivan(), reason="Ill")
    assert (cancelled.status, cancelled.cancel_reason, cancelled.ical_sequence) == ("cancelled_by_host", "Ill", 1)
    assert claims_of(alice()) == claims_of(ivan()) == []
    messages = OutboxMessage.objects.filter(kind="appointment_cancelled")
    assert {message.facts["reason"] for message in messages} == {"Ill"}
    with pytest.raises(errors.NotStanding):
        operations.cancel(booked, by=alice())
    other = make_user(roles=["student"])
    assert operations.book(type, other, at(9), by=other).pk


@pytest.mark.row("P10")
def test_the_host_time_stays_while_another_is_in_the_session():
    type = make_type(ivan(), seats=2)
    first = operations.book(type, alice(), at(9), by=alice())
    other = make_user(roles=["student"])
    operations.book(type, other, at(9), by=other)
    operations.cancel(first, by=alice())
    assert claims_of(ivan()) == [(at(9), at(9, 30))]


def test_staff_cancel_any_and_strangers_none():
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    with pytest.raises(errors.MayNotCancel):
        operations.cancel(booked, by=oscar(), reason="x")
    with pytest.raises(errors.MayNotMove):
        operations.move(booked, at(10), by=oscar())
    assert operations.cancel(booked, by=rita(), reason="Office closed").status == "cancelled_by_host"


@pytest.mark.row("P13")
def test_a_hold_that_has_run_out_blocks_nobody():
    type = make_type(ivan())
    booked = operations.book(type, alice(), at(9), by=alice())
    past = timezone.now() - timedelta(minutes=1)
    Appointment.objects.filter(pk=booked.pk).update(status="held", hold_expires_at=past)
    Claim.objects.filter(active=True).update(expires_at=past)
    other = make_user(roles=["student"])
    assert operations.book(type, other, at(9), by=other).pk
    booked.refresh_from_db()
    assert booked.status == "expired"


def test_only_students_of_the_classes_may_book_when_classes_are_named():
    from courses.models import Course, Section, Subject, Term

    subject = Subject.objects.create(code="CSE", name="Computing")
    course = Course.objects.create(subject=subject, number="21", title="Mathematics", status="published")
    day = at(9).date()
    term = Term.objects.create(code="T1", name="T1", start_date=day - timedelta(days=60), end_date=day)
    section = Section.objects.create(course=course, term=term, crn="1", section_number="A", status="open")
    type = make_type(ivan())
    type.sections.add(section)
    with pytest.raises(errors.NotEligible):
        operations.book(type, alice(), at(9), by=alice())


def test_the_check_names_every_rule_in_order():
    check = booking_check(make_type(ivan()), alice(), at(9), by=alice(), now=timezone.now())
    assert check.ok
    assert [rule.name for rule in check.rules] == [
        "type_offered",
        "host_inactive",
        "not_eligible",
        "limit_open",
        "limit_total",
        "in_the_past",
        "closed_day",
        "not_offered",
        "too_soon",
        "too_far",
        "slot_taken",
        "already_booked",
        "session_full",
        "student_busy",
        "class_conflict",
    ]


@pytest.mark.row("P01", "W09")
def test_a_host_sets_weekly_hours():
    schedule = make_schedule(ivan(), hours=None)
    operations.set_weekly_hours(schedule, [Hours(0, time(9), time(11)), Hours(0, time(13), time(14))], by=ivan())
    assert schedule.rules.count() == 2
    with pytest.raises(errors.WindowsOverlap):
        operations.set_weekly_hours(schedule, [Hours(0, time(9), time(11)), Hours(0, time(10), time(12))], by=ivan())
    with pytest.raises(errors.MayNotHost):
        operations.set_weekly_hours(schedule, [], by=alice())
    assert schedule.rules.count() == 2


def test_a_type_is_made_by_its_host_and_checked():
    made = operations.create_type(ivan(), by=ivan(), title="Thesis", duration_minutes=45)
    assert (made.host, made.schedule.host, made.interval_minutes) == (ivan(), ivan(), 15)
    with pytest.raises(ValidationError):
        operations.create_type(ivan(), by=ivan(), title="Fixed", horizon="fixed")
    with pytest.raises(errors.MayNotHost):
        operations.create_type(alice(), by=alice(), title="No")
    assert AppointmentType.objects.count() == 1


def test_a_naive_reader_sees_instants_in_utc():
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    assert isinstance(booked.session.starts_at, datetime)
    assert booked.session.starts_at.utcoffset() == timedelta()


@pytest.mark.row("P21", "Z01")
def test_a_class_refuses_the_booking_unless_the_type_lets_the_student_insist(monkeypatch):
    student = alice()
    lecture = busy.Busy(student.pk, at(9), at(10), "class", "CSE 21 A", hard=False)
    monkeypatch.setattr(busy, "_providers", [lambda ids, start, end: [lecture] if student.pk in ids else []])
    type = make_type(ivan())
    with pytest.raises(errors.ClassConflict) as refusal:
        operations.book(type, student, at(9), by=student, despite_class=True)
    assert refusal.value.facts == {"title": "CSE 21 A"}
    operations.change_type(type, by=ivan(), allow_class_conflict=True)
    with pytest.raises(errors.ClassConflict):
        operations.book(type, student, at(9), by=student)
    booked = operations.book(type, student, at(9), by=student, despite_class=True)
    assert booked.events.get().reason == "despite_class"


@pytest.mark.row("P16", "P21", "K08")
def test_a_host_neither_insists_for_a_student_nor_reads_what_the_class_is(monkeypatch):
    student = alice()
    lecture = busy.Busy(student.pk, at(9), at(10), "class", "CSE 21 A", hard=False)
    monkeypatch.setattr(busy, "_providers", [lambda ids, start, end: [lecture] if student.pk in ids else []])
    type = make_type(ivan(), allow_class_conflict=True)
    with pytest.raises(errors.ClassConflict) as refusal:
        operations.book(type, student, at(9), by=ivan(), despite_class=True)
    assert refusal.value.facts == {}
    assert "CSE" not in str(refusal.value)


@pytest.mark.row("P15")
def test_who_is_no_party_moves_with_a_reason():
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    with pytest.raises(errors.ReasonNeeded):
        operations.move(booked, at(10), by=rita())
    moved = operations.move(booked, at(10), by=rita(), reason=" Room closed ")
    assert moved.events.last().reason == "Room closed"


@pytest.mark.row("P14", "P17")
def test_what_happened_cannot_be_altered():
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    for deed in (lambda: booked.events.update(kind="moved"), lambda: booked.events.all().delete()):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            deed()
    assert booked.events.get().kind == "booked"


@pytest.mark.row("P14", "P17")
@pytest.mark.parametrize("by", [alice, ivan, rita])
def test_what_is_over_is_neither_moved_nor_cancelled_by_anyone(by):
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    past = timezone.now() - timedelta(hours=1)
    Session.objects.filter(pk=booked.session_id).update(
        block_starts_at=past, starts_at=past, ends_at=past + timedelta(minutes=30), block_ends_at=timezone.now()
    )
    with pytest.raises(errors.NotStanding):
        operations.cancel(booked, by=by(), reason="Late")
    with pytest.raises(errors.NotStanding):
        operations.move(booked, at(10), by=by(), reason="Late")


@pytest.mark.row("P09")
def test_a_booking_that_is_over_frees_the_allowance_at_once_but_counts_in_the_total():
    type = make_type(ivan(), max_open_per_student=1, max_total_per_student=2)
    first = operations.book(type, alice(), at(9), by=alice())
    past = timezone.now() - timedelta(hours=1)
    Session.objects.filter(pk=first.session_id).update(
        block_starts_at=past, starts_at=past, ends_at=past + timedelta(minutes=30), block_ends_at=timezone.now()
    )
    second = operations.book(type, alice(), at(10), by=alice())
    with pytest.raises(errors.OpenLimitReached):
        operations.book(type, alice(), at(11), by=alice())
    operations.cancel(second, by=alice())
    assert operations.book(type, alice(), at(11), by=alice()).pk
    with pytest.raises((errors.OpenLimitReached, errors.TotalLimitReached)):
        operations.book(type, alice(), at(12), by=alice())
