"""Buildings, rooms and weekly patterns with plain defaults."""

from collections.abc import Iterable
from datetime import time
from itertools import count
from typing import Any

from courses.models import Section
from scheduling import operations
from scheduling.models import Building, MeetingPattern, Room

_numbers = count(1)
LETTERS = "MTWRFSU"


def make_building(code: str | None = None, **fields: Any) -> Building:
    code = code or f"B{next(_numbers)}"
    return Building.objects.create(code=code, name=fields.pop("name", f"Building {code}"), **fields)


def make_room(code: str | None = None, building: Building | None = None, capacity: int | None = 500, **more) -> Room:
    return Room.objects.create(
        building=building or make_building(), code=code or str(next(_numbers)), capacity=capacity, **more
    )


def weekdays(letters: str) -> int:
    """Return "MWF" as bits, Monday first."""
    return sum(1 << LETTERS.index(letter) for letter in letters)


def make_pattern(
    sections: Section | Iterable[Section],
    days: str = "MWF",
    start: time = time(10),
    end: time = time(10, 50),
    room: Room | None = None,
    instructors: Iterable[Any] = (),
    **more: Any,
) -> MeetingPattern:
    many = [sections] if isinstance(sections, Section) else list(sections)
    return operations.schedule_pattern(
        many,
        by=more.pop("by", None),
        days=weekdays(days),
        start_time=start,
        end_time=end,
        room=room,
        instructors=list(instructors),
        **more,
    )
