"""Buildings, rooms and their features; what follows from closures and cancelled sections."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError

from accounts.tests.makers import oscar, rita
from courses.operations import cancel_section
from courses.tests.makers import make_section
from scheduling import operations
from scheduling.errors import MayNotEditRooms
from scheduling.models import Claim, Closure, Room
from scheduling.queries.consequences import ClosureEffect, of_cancelled_section, of_closure
from scheduling.tests.makers import make_building, make_pattern, make_room

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2031, 9, 1), date(2031, 12, 12)
BREAK = (date(2031, 10, 13), date(2031, 10, 17))


def section(**more):
    return make_section(start_date=FIRST, end_date=LAST, **more)


def test_the_registrar_makes_and_changes_a_room_and_its_features():
    building = operations.create_building(by=rita(), code="OAK", name="Oak Hall")
    room = operations.create_room(by=rita(), building=building, code="1", features=["Projector", " grand  piano "])
    assert [row.name for row in room.features.all()] == ["Projector", "grand piano"]
    again = operations.create_room(by=rita(), building=building, code="2", features=["projector"])
    assert again.features.get().name == "Projector"
    room = operations.change_room(room, by=rita(), capacity=30)
    assert (room.capacity, room.features.count()) == (30, 2)
    assert operations.change_building(building, by=rita(), name="Oak House").name == "Oak House"


@pytest.mark.parametrize(
    ("deed", "field"),
    [
        (lambda: operations.create_building(by=rita(), code="A", name="A", zone="Mars/Olympus"), "zone"),
        (lambda: operations.create_building(by=rita(), code="B9", name="again"), "code"),
        (lambda: operations.create_room(by=rita(), building=make_building("C1"), code="1", capacity=-1), "capacity"),
        (lambda: operations.create_room(by=rita(), code="1"), "building"),
    ],
)
def test_impossible_facts_are_refused_by_field(deed, field):
    make_building("B9")
    with pytest.raises(ValidationError) as caught:
        deed()
    assert field in caught.value.message_dict


def test_others_change_neither_buildings_nor_rooms():
    room = make_room()
    for deed in (
        lambda: operations.create_building(by=oscar(), code="X", name="X"),
        lambda: operations.change_building(room.building, by=oscar(), name="X"),
        lambda: operations.create_room(by=oscar(), building=room.building, code="X"),
        lambda: operations.change_room(room, by=oscar(), is_active=False),
    ):
        with pytest.raises(MayNotEditRooms):
            deed()
    assert Room.objects.get().is_active


@pytest.mark.row("S02")
def test_what_follows_from_a_closure_is_what_then_happens():
    make_pattern(section(), "MWF", room=make_room())
    assert of_closure(None, BREAK) == ClosureEffect(cancelled=3, standing_again=0)
    closure = operations.add_closure("Break", *BREAK, by=rita())
    late = make_pattern(section(), "F", time(15), time(16))
    moved = (date(2031, 10, 17), date(2031, 10, 21))
    # Monday and Wednesday come back, Friday stays closed, Monday the 20th goes.
    assert of_closure(closure, moved) == ClosureEffect(cancelled=1, standing_again=2)
    operations.move_closure(closure, *moved, by=rita())
    closure.refresh_from_db()
    assert of_closure(closure, None) == ClosureEffect(cancelled=0, standing_again=3)
    operations.remove_closure(closure, by=rita())
    assert late.meetings.standing().count() == 15
    assert Claim.objects.filter(active=True).count() == 45


def test_a_closure_lasts_at_most_400_days():
    with pytest.raises(ValidationError):
        operations.add_closure("For ever", date(2031, 1, 1), date(2032, 6, 1), by=rita())
    assert not Closure.objects.exists()


@pytest.mark.row("W06")
def test_a_cancelled_section_frees_its_rooms_but_not_those_it_shared():
    alone, shared, other = section(), section(), section()
    room = make_room()
    make_pattern(alone, "M", room=room)
    make_pattern([shared, other], "T", room=room)
    assert of_cancelled_section(alone) == ["15 coming meetings are cancelled."]
    assert of_cancelled_section(shared) == []
    for one in (alone, shared):
        cancel_section(one, by=rita())
    assert Claim.objects.filter(room=room, active=True).count() == 15
    cancel_section(other, by=rita())
    assert not Claim.objects.filter(room=room, active=True).exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"start": time(10), "end": time(10, 0, 30)}, "start_time"),
        ({"start": time(10), "end": time(9)}, "__all__"),
        ({"start_date": LAST, "end_date": FIRST}, "__all__"),
        ({"end_date": date(2041, 1, 1)}, "end_date"),
        ({"days": "T", "start_date": FIRST, "end_date": FIRST}, "days"),
        ({"days": ""}, "__all__"),
        ({"interval_weeks": 9}, "interval_weeks"),
    ],
)
def test_an_impossible_pattern_is_malformed(fields, field):
    with pytest.raises(ValidationError) as caught:
        make_pattern(section(), by=rita(), **fields)
    assert field in caught.value.message_dict
