"""Clashes that are kept with a reason: the soft claim, the decision, the list, and how they end."""

from datetime import date, time, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.tests.makers import ivan, make_user, oscar, rita
from courses.tests.makers import make_section, make_term
from scheduling import operations
from scheduling.errors import (
    ClashGone,
    ClashReasonMissing,
    InstructorTaken,
    MayNotResolveClashes,
    OwnMeetingsOverlap,
    RoomOutOfUse,
    RoomTaken,
    SectionOver,
    SectionsOfOneTerm,
)
from scheduling.models import Claim, ConflictOverride, MeetingPattern
from scheduling.queries.clashes import clash_lines, clashing, named, open_clash_count, open_pairs
from scheduling.tests.makers import make_pattern, make_room

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2031, 9, 1), date(2031, 12, 12)
WHY = "One of them is held outdoors"


def section(**more):
    return make_section(start_date=FIRST, end_date=LAST, **more)


def imported(count=2, room=None, people=(), days=1):
    """Plan patterns at one time as an import does: the later ones are soft."""
    plans = []
    for _number in range(count):
        one = section()
        fields = {"days": days, "start_time": time(9), "end_time": time(10), "start_date": FIRST, "end_date": LAST}
        pattern = MeetingPattern.objects.create(term=one.term, room=room, **fields)
        pattern.sections.set([one])
        plans.append((pattern, [person.pk for person in people]))
    operations.expand_many(plans)
    return [pattern for pattern, _people in plans]


def editor_without(permission):
    """Return somebody who plans meetings and lacks one permission of the registrar's."""
    from django.contrib.auth.models import Permission

    person = make_user()
    for codename in {"edit_meetings", "resolve_clashes"} - {permission}:
        person.user_permissions.add(Permission.objects.get(codename=codename))
    return person


@pytest.mark.row("S03", "S12")
def test_a_clash_is_kept_soft_with_a_reason_and_both_sides_are_on_record():
    room = make_room()
    first = make_pattern(section(), "M", room=room)
    second = make_pattern(section(), "M", time(10, 30), time(11), room=room, clash_reason=WHY, by=rita())
    assert set(second.meetings.values_list("room_claim__hard", flat=True)) == {False}
    assert set(first.meetings.values_list("room_claim__hard", flat=True)) == {True}
    pairs = zip(
        second.meetings.values_list("room_claim", flat=True),
        first.meetings.values_list("room_claim", flat=True),
        strict=True,
    )
    rows = ConflictOverride.objects.order_by("claim")
    assert [(row.claim_id, row.other_id, row.by, row.reason) for row in rows] == [(*p, rita(), WHY) for p in pairs]
    assert clash_lines() == []
    [line] = named(clash_lines(accepted=True), rita())
    assert (line.kind, line.what, line.dates) == ("room", str(room), 15)
    assert (line.soft.title, line.other.title) == (str(second.sections.get()), str(first.sections.get()))
    assert line.override.reason == WHY


@pytest.mark.row("S12")
def test_a_refusal_names_every_event_in_the_way_with_its_dates():
    room = make_room()
    one, two = section(), section()
    make_pattern(one, "MW", room=room)
    make_pattern(two, "M", time(11), time(12), room=room)
    with pytest.raises(RoomTaken) as caught:
        make_pattern(section(), "M", time(10, 30), time(11, 30), room=room, by=rita())
    facts = caught.value.facts
    assert [(clash["event"], clash["dates"]) for clash in facts["clashes"]] == [(str(one), 15), (str(two), 15)]
    assert all(clash["url"].startswith("/classes/") for clash in facts["clashes"])
    assert (facts["event"], facts["url"], facts["when"]) == tuple(
        facts["clashes"][0][name] for name in ("event", "url", "when")
    )


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_the_clash_is_refused(reason):
    room = make_room()
    make_pattern(section(), room=room)
    with pytest.raises(RoomTaken):
        make_pattern(section(), room=room, clash_reason=reason, by=rita())
    assert not ConflictOverride.objects.exists()


def test_a_reason_is_for_those_who_resolve_clashes():
    room = make_room()
    make_pattern(section(), room=room)
    with pytest.raises(MayNotResolveClashes):
        make_pattern(section(), room=room, clash_reason=WHY, by=editor_without("resolve_clashes"))
    make_pattern(section(), "T", room=room, clash_reason=WHY, by=editor_without("resolve_clashes"))


@pytest.mark.row("S04")
def test_a_taken_instructor_is_kept_the_same_way_and_a_free_room_stays_hard():
    make_pattern(section(), "M", instructors=[ivan()])
    second = make_pattern(section(), "M", room=make_room(), instructors=[ivan()], clash_reason=WHY, by=rita())
    assert set(second.meetings.values_list("room_claim__hard", flat=True)) == {True}
    assert set(Claim.objects.filter(instructor_meeting__meeting__pattern=second).values_list("hard", flat=True)) == {
        False
    }


def test_no_reason_lets_a_section_meet_twice_at_once():
    one = section()
    make_pattern(one)
    with pytest.raises(OwnMeetingsOverlap):
        make_pattern(one, clash_reason=WHY, by=rita())


def test_operations_look_at_soft_claims_too():
    room = make_room()
    make_pattern(section(), "M", time(10), time(11), room)
    make_pattern(section(), "M", time(10, 30), time(12), room, clash_reason=WHY, by=rita())
    with pytest.raises(RoomTaken):
        make_pattern(section(), "M", time(11, 30), time(12), room, by=rita())


def test_a_decision_is_never_changed_or_deleted():
    room = make_room()
    make_pattern(section(), "M", room=room)
    make_pattern(section(), "M", room=room, clash_reason=WHY, by=rita())
    for deed in (lambda: ConflictOverride.objects.update(reason="x"), lambda: ConflictOverride.objects.all().delete()):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            deed()


@pytest.mark.row("W11")
def test_clashes_of_one_pair_are_one_line_and_are_accepted_together():
    room, teacher = make_room(), make_user()
    imported(room=room, people=[teacher], days=0b101)
    lines = named(clash_lines(), rita())
    assert {(line.kind, line.dates, line.soft.time) for line in lines} == {
        ("room", 30, "Mon, Wed 09:00\N{EN DASH}10:00"),
        ("person", 30, "Mon, Wed 09:00\N{EN DASH}10:00"),
    }
    assert open_clash_count() == 2
    [of_room] = clash_lines(kind="room")
    assert operations.accept_clashes(of_room.pairs, by=rita(), reason=WHY) == 30
    assert [line.key for line in clash_lines(accepted=True)] == [of_room.key]
    assert [line.person_id for line in clash_lines()] == [teacher.pk]
    with pytest.raises(ClashGone):
        operations.accept_clashes(of_room.pairs, by=rita(), reason=WHY)


@pytest.mark.row("W11")
def test_accepting_needs_the_permission_and_a_reason():
    imported(room=make_room())
    pairs = clash_lines()[0].pairs
    with pytest.raises(MayNotResolveClashes):
        operations.accept_clashes(pairs, by=oscar(), reason=WHY)
    with pytest.raises(ClashReasonMissing):
        operations.accept_clashes(pairs, by=rita(), reason=" ")
    assert not ConflictOverride.objects.exists()


def test_claims_that_do_not_overlap_cannot_be_accepted():
    room = make_room()
    claims = [make_pattern(section(), day, room=room).meetings.first().room_claim_id for day in "MT"]
    with pytest.raises(ClashGone):
        operations.accept_clashes([tuple(claims)], by=rita(), reason=WHY)


@pytest.mark.row("W11")
def test_three_at_once_are_three_pairs_and_each_stands_there_once():
    imported(3, room=make_room())
    lines = clash_lines()
    assert [len(line.pairs) for line in lines] == [15, 15, 15]
    assert len({frozenset(pair) for line in lines for pair in line.pairs}) == 45


@pytest.mark.row("W11")
def test_a_clash_ends_when_one_side_is_cancelled_and_what_was_soft_is_hard_again():
    first, second = imported(room=make_room())
    meeting = first.meetings.first()
    operations.cancel_meeting(meeting, by=rita(), reason="Moved out")
    [line] = clash_lines()
    assert len(line.pairs) == 14
    assert second.meetings.first().room_claim.hard
    operations.cancel_pattern(first, by=rita(), reason="Moved out")
    assert clash_lines() == []
    assert not Claim.objects.filter(active=True, hard=False).exists()


@pytest.mark.row("W11")
def test_a_clash_ends_when_one_side_moves():
    room = make_room()
    first, second = imported(room=room)
    operations.change_pattern(second, by=rita(), start_time=time(15), end_time=time(16))
    assert clash_lines() == []
    assert Claim.objects.filter(room=room, active=True, hard=True).count() == 30
    assert first.meetings.count() == 15


def test_changing_who_teaches_does_not_ask_again_about_a_clash_that_stood():
    room = make_room()
    _first, second = imported(room=room)
    [line] = clash_lines()
    operations.accept_clashes(line.pairs[:5], by=rita(), reason=WHY)
    operations.change_pattern(second, by=rita(), instructors=[ivan()])
    assert [len(line.pairs) for line in clash_lines()] == [10]
    [kept] = clash_lines(accepted=True)
    assert len(kept.pairs) == 5
    with pytest.raises(RoomTaken):
        operations.change_pattern(second, by=rita(), end_time=time(10, 30))


def test_a_new_clash_of_a_changed_pattern_is_kept_with_a_reason():
    room = make_room()
    make_pattern(section(), "M", room=room, instructors=[ivan()])
    other = make_pattern(section(), "T", room=room)
    with pytest.raises(RoomTaken):
        operations.change_pattern(other, by=rita(), days=1)
    with pytest.raises(InstructorTaken):
        operations.change_pattern(other, by=rita(), days=1, room=None, instructors=[ivan()])
    operations.change_pattern(other, by=rita(), days=1, clash_reason=WHY)
    assert ConflictOverride.objects.count() == 15
    assert [len(line.pairs) for line in clash_lines(accepted=True)] == [15]


@pytest.mark.row("S08")
def test_one_meeting_moves_beside_another_with_a_reason():
    room = make_room()
    make_pattern(section(), "M", room=room)
    meeting = make_pattern(section(), "T", room=room).meetings.first()
    start = meeting.starts_at - timedelta(days=1)
    new = {"starts_at": start, "ends_at": start + timedelta(minutes=50), "reason": "Holiday on Tuesday"}
    with pytest.raises(RoomTaken):
        operations.move_meeting(meeting, by=rita(), **new)
    operations.move_meeting(meeting, by=rita(), clash_reason=WHY, **new)
    assert not meeting.room_claim.__class__.objects.get(room_meeting=meeting).hard
    assert clashing([meeting.__class__.objects.get(pk=meeting.pk).room_claim_id])
    assert open_pairs(Claim.objects.values_list("pk", flat=True)) == []


def test_a_room_out_of_use_takes_nothing_new():
    room = make_room()
    pattern = make_pattern(section(), "M", room=room)
    operations.change_room(room, by=rita(), is_active=False)
    with pytest.raises(RoomOutOfUse):
        make_pattern(section(), "T", room=room)
    assert pattern.meetings.standing().count() == 15
    operations.change_pattern(pattern, by=rita(), end_time=time(11))


@pytest.mark.parametrize("status", ["cancelled", "completed"])
def test_nothing_is_planned_for_a_section_that_is_over(status):
    with pytest.raises(SectionOver):
        make_pattern(section(status=status))


def test_sections_of_two_terms_do_not_meet_together():
    with pytest.raises(SectionsOfOneTerm):
        make_pattern([section(), section(term=make_term())])


@pytest.mark.row("R118")
def test_the_list_takes_the_same_queries_for_one_line_and_many():
    counts, reader = [], rita()
    reader.has_perm("any")
    for lines, more in ((2, 2), (14, 4)):
        imported(more, room=make_room(), people=[make_user()])
        with CaptureQueriesContext(connection) as seen:
            assert len(named(clash_lines(), reader)) == lines
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8
