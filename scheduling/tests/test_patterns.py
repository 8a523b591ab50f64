"""Patterns become dated meetings and claims; clashes are refused by name."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.tests.makers import ivan, make_user, oscar, rita
from courses.tests.makers import make_section
from scheduling import operations
from scheduling.errors import (
    InstructorTaken,
    MayNotEditMeetings,
    MeetingReasonMissing,
    OwnMeetingsOverlap,
    ReasonMissing,
    RoomTaken,
    RoomTooSmall,
)
from scheduling.models import Claim, Meeting
from scheduling.tests.makers import make_building, make_pattern, make_room

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2031, 9, 1), date(2031, 12, 12)


def section(**more):
    return make_section(start_date=FIRST, end_date=LAST, **more)


def days_of(pattern):
    return [one.starts_at.astimezone(ZoneInfo(pattern.zone)).date() for one in pattern.meetings.standing()]


@pytest.mark.row("S01", "X03", "R20")
def test_a_weekly_pattern_keeps_its_wall_clock_over_the_clock_change():
    room = make_room(building=make_building(zone="America/New_York"))
    pattern = make_pattern(section(), "M", time(9), time(9, 50), room)
    zone = ZoneInfo("America/New_York")
    local = [one.starts_at.astimezone(zone) for one in pattern.meetings.all()]
    assert [one.date() for one in local] == [FIRST + timedelta(weeks=week) for week in range(15)]
    assert {one.time() for one in local} == {time(9)}
    assert len({one.utcoffset() for one in local}) == 2
    assert Claim.objects.filter(room=room, active=True, hard=True).count() == 15


@pytest.mark.row("S03", "S12")
def test_a_taken_room_is_refused_and_the_other_class_is_named():
    room, other = make_room(), section()
    make_pattern(other, room=room)
    with pytest.raises(RoomTaken) as caught:
        make_pattern(section(), "W", time(10, 30), time(11), room)
    assert caught.value.facts["event"] == str(other)
    assert "10:00" in caught.value.facts["when"]
    assert Meeting.objects.exclude(pattern__sections=other).count() == 0


@pytest.mark.row("S04")
def test_a_taken_instructor_is_refused_in_any_course_and_room():
    make_pattern(section(), room=make_room(), instructors=[ivan()])
    with pytest.raises(InstructorTaken):
        make_pattern(section(), room=make_room(), instructors=[ivan()])


@pytest.mark.row("S05")
def test_back_to_back_is_allowed_and_the_same_start_is_not():
    room = make_room()
    make_pattern(section(), "M", time(10), time(11), room)
    make_pattern(section(), "M", time(11), time(12), room)
    with pytest.raises(RoomTaken):
        make_pattern(section(), "M", time(11), time(11, 5), room)


@pytest.mark.row("S06")
def test_a_small_room_is_refused_until_accepted_with_a_reason():
    room = make_room(capacity=10)
    with pytest.raises(RoomTooSmall):
        make_pattern(section(capacity=11), room=room)
    with pytest.raises(ReasonMissing):
        make_pattern(section(capacity=11), room=room, ignore_capacity=True, by=rita())
    pattern = make_pattern(
        section(capacity=11), room=room, ignore_capacity=True, capacity_reason="Half attend online", by=rita()
    )
    assert pattern.capacity_reason == "Half attend online"


@pytest.mark.row("S17")
def test_blank_rooms_and_shared_patterns_never_clash():
    for _time in range(2):
        make_pattern(section())
    room = make_room()
    shared = make_pattern([section(), section()], "M", room=room, instructors=[ivan()])
    assert Claim.objects.filter(room=room).count() == shared.meetings.count() == 15
    unarranged = operations.schedule_pattern([section()], by=None, room=None, instructors=[ivan()])
    assert unarranged.is_tba
    assert not unarranged.meetings.exists()


def test_meetings_of_one_section_do_not_overlap():
    one = section()
    make_pattern(one)
    with pytest.raises(OwnMeetingsOverlap):
        make_pattern(one)


def test_only_the_registrar_schedules():
    with pytest.raises(MayNotEditMeetings):
        make_pattern(section(), by=oscar())


@pytest.mark.row("S02")
def test_closures_cancel_skip_and_open_again():
    room = make_room()
    before = make_pattern(section(), "M", room=room)
    closure = operations.add_closure("Break", date(2031, 10, 13), date(2031, 10, 13), by=rita())
    after = make_pattern(section(), "M", time(14), time(15), room=room)
    assert date(2031, 10, 13) not in days_of(before) + days_of(after)
    operations.move_closure(closure, date(2031, 10, 20), date(2031, 10, 20), by=rita())
    assert date(2031, 10, 13) in days_of(before)
    assert date(2031, 10, 13) in days_of(after)
    assert date(2031, 10, 20) not in days_of(before) + days_of(after)
    assert operations.remove_closure(closure, by=rita()) == []
    assert len(days_of(before)) == len(days_of(after)) == 15
    assert Claim.objects.filter(room=room, active=True, hard=True).count() == 30


def test_time_taken_meanwhile_comes_back_soft():
    room = make_room()
    closure = operations.add_closure("Break", date(2031, 10, 13), date(2031, 10, 13), by=None)
    make_pattern(section(), "M", room=room)
    moved = make_pattern(section(), "T", room=room).meetings.first()
    zone = ZoneInfo(moved.pattern.zone)
    start = datetime(2031, 10, 13, 10, tzinfo=zone)
    operations.move_meeting(moved, by=None, starts_at=start, ends_at=start + timedelta(minutes=50))
    [soft] = operations.remove_closure(closure, by=rita())
    assert (soft.room_id, soft.starts_at) == (room.pk, start)


@pytest.mark.row("S08")
def test_one_meeting_is_moved_or_cancelled_alone():
    room = make_room()
    pattern = make_pattern(section(), "M", room=room, instructors=[ivan()])
    first, second = pattern.meetings.all()[:2]
    uid = first.public_id
    start = first.starts_at + timedelta(days=1)
    new = {"starts_at": start, "ends_at": start + timedelta(hours=1)}
    for deed in (
        lambda: operations.move_meeting(first, by=rita(), **new),
        lambda: operations.cancel_meeting(second, by=rita(), reason=" "),
    ):
        with pytest.raises(MeetingReasonMissing):
            deed()
    moved = operations.move_meeting(first, by=rita(), reason="Fire drill", **new)
    second = operations.cancel_meeting(second, by=rita(), reason="The instructor is ill")
    assert (moved.public_id, moved.status, moved.ical_sequence, moved.reason) == (uid, "moved", 1, "Fire drill")
    assert (second.status, second.ical_sequence, second.reason) == ("cancelled", 1, "The instructor is ill")
    assert Claim.objects.filter(active=True).count() == 28
    make_pattern(section(), "M", room=room, start_date=FIRST + timedelta(days=7), end_date=FIRST + timedelta(days=7))


def test_changing_a_pattern_keeps_identity_and_what_was_done_by_hand():
    room = make_room()
    pattern = make_pattern(section(), "M", room=room)
    _first, second, third = pattern.meetings.all()[:3]
    operations.cancel_meeting(second, by=None)
    operations.change_pattern(pattern, by=rita(), start_time=time(13), end_time=time(14), instructors=[ivan()])
    same = Meeting.objects.get(public_id=third.public_id)
    assert same.starts_at == third.starts_at + timedelta(hours=3)
    assert same.ical_sequence == 1
    assert len(days_of(pattern)) == 14
    assert Claim.objects.filter(active=True, person=ivan()).count() == 14


def test_many_patterns_keep_their_clashes_as_soft_claims():
    from scheduling.models import MeetingPattern

    room, teacher = make_room(), make_user()
    plans = []
    for _time in range(3):
        pattern = MeetingPattern.objects.create(
            term=section().term,
            days=1,
            start_time=time(9),
            end_time=time(10),
            start_date=FIRST,
            end_date=LAST,
            room=room,
        )
        plans.append((pattern, [teacher.pk]))
    clashes = operations.expand_many(plans)
    assert len(clashes) == 2 * 2 * 15
    assert Claim.objects.filter(hard=True).count() == 30
