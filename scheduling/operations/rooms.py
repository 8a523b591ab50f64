"""Buildings and rooms."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from core.locks import lock
from scheduling.errors import MayNotEditRooms
from scheduling.models import Building, Room, RoomFeature
from scheduling.policies import can_edit_rooms

BUILDING = {"code", "name", "zone"}
ROOM = {"building", "code", "name", "capacity", "is_accessible", "is_active"}


def _ask(by: Any) -> None:
    if by is not None and not can_edit_rooms(by):
        raise MayNotEditRooms()


def _assign(row: Any, fields: dict[str, Any], known: set[str]) -> None:
    if unknown := set(fields) - known:
        raise TypeError(f"{type(row).__name__} has no {sorted(unknown)}.")
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()


@transaction.atomic
def create_building(*, by: Any, **fields: Any) -> Building:
    """Make a building; ValidationError when its code is taken or its zone is not one."""
    _ask(by)
    building = Building()
    _assign(building, fields, BUILDING)
    return building


@transaction.atomic
def change_building(building: Building, *, by: Any, **fields: Any) -> Building:
    """Change a building; what is planned in it keeps its wall clock until its pattern is changed."""
    _ask(by)
    building = Building.objects.select_for_update(no_key=True).get(pk=building.pk)
    _assign(building, fields, BUILDING)
    return building


@transaction.atomic
def create_room(*, by: Any, features: Iterable[str] | None = None, **fields: Any) -> Room:
    """Make a room; ValidationError when its building has one of this code already."""
    _ask(by)
    room = Room()
    _assign(room, fields, ROOM)
    _set_features(room, features)
    return room


@transaction.atomic
def change_room(room: Room, *, by: Any, features: Iterable[str] | None = None, **fields: Any) -> Room:
    """Change a room. Out of use it takes nothing new; what is planned in it stays. `features`: None leaves them."""
    _ask(by)
    [room] = lock(room)
    _assign(room, fields, ROOM)
    _set_features(room, features)
    return room


def _set_features(room: Room, names: Iterable[str] | None) -> None:
    if names is None:
        return
    # By name without regard to case: "projector" is the Projector that is known.
    wanted = {" ".join(name.split()).lower(): " ".join(name.split())[:60] for name in names if name.strip()}
    known = {row.name.lower(): row for row in RoomFeature.objects.all()}
    room.features.set(
        [known.get(key) or RoomFeature.objects.get_or_create(name=name)[0] for key, name in wanted.items()]
    )
