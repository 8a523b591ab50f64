"""Rooms that are free at some times, as a way out of a clash."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Case, Value, When
from django.utils import timezone

from scheduling.models import Claim, Room

LOOKED_AT, SHOWN = 80, 6


def free_rooms(spans: Sequence[tuple[datetime, datetime]], seats: int, near: Room) -> list[Room]:
    """Return a few rooms in use that are free in all of `spans` and have the seats: first those of the same building.

    Of the rooms with the fewest seats that do; no room is tried beyond the first eighty.
    """
    if not spans:
        return []
    elsewhere = Case(When(building=near.building_id, then=Value(0)), default=Value(1))
    rooms = Room.objects.filter(is_active=True, capacity__gte=max(seats, 1)).exclude(pk=near.pk)
    found = list(rooms.select_related("building").order_by(elsewhere, "capacity", "code", "pk")[:LOOKED_AT])
    low, high = min(start for start, _end in spans), max(end for _start, end in spans)
    claims = Claim.objects.live(timezone.now()).within(low, high).filter(room__in=found)
    taken = {
        room
        for room, during in claims.values_list("room", "during")
        if any(start < during.upper and during.lower < end for start, end in spans)
    }
    return [room for room in found if room.pk not in taken][:SHOWN]
