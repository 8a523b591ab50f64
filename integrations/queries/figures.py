"""What a schedule file says about itself: shared rooms, and people who are listed in two places at once.

Counted before anything is written. Meetings of one course, lecture group, type, day, time and room are one shared
meeting; places that are no rooms do not count. docs/decisions/0007 says how the figures are defined.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from itertools import combinations
from typing import Any, NamedTuple

from integrations.layouts import Layout
from integrations.queries.schedule_file import ParsedMeeting, ParsedSchedule, ParsedSection

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class Teaching(NamedTuple):
    """What repeats on every section of a lecture: a course, its lecture group and the type of meeting."""

    course: tuple[str, str]
    group: str
    schedule_type: str


class Place(NamedTuple):
    building: str
    room: str


@dataclass(frozen=True)
class Event:
    """One shared meeting on one weekday, or on one date."""

    teaching: Teaching
    day: int | date
    start: time
    end: time
    place: Place

    def overlaps(self, other: "Event") -> bool:
        return self.day == other.day and self.start < other.end and other.start < self.end


@dataclass
class Figures:
    room_pairs_identical: int = 0
    room_pairs_partly: int = 0
    cross_listed_courses: int = 0
    instructor_overlaps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def lettered(self) -> int:
        """How many overlaps are between groups that a letter names."""
        return sum(overlap["lettered"] for overlap in self.instructor_overlaps)


def figures_of(parsed: ParsedSchedule, layout: Layout) -> Figures:
    crns: dict[Event, dict[str, None]] = defaultdict(dict)
    people: dict[Event, dict[str, None]] = defaultdict(dict)
    for section, meeting in _timed(parsed.sections, layout):
        for event in _events(section, meeting):
            crns[event][section.crn] = None
            people[event] |= dict.fromkeys(section.instructors)
    found = _rooms(crns)
    found.instructor_overlaps = _overlaps(people, crns)
    return found


def _timed(sections: Iterable[ParsedSection], layout: Layout) -> Iterator[tuple[ParsedSection, ParsedMeeting]]:
    for section in sections:
        for meeting in section.meetings:
            if meeting.is_timed and meeting.room and meeting.building not in layout.values["no_place"]:
                yield section, meeting


def _events(section: ParsedSection, meeting: ParsedMeeting) -> Iterator[Event]:
    if meeting.start is None or meeting.end is None:
        return
    teaching = Teaching(section.course, section.section_number[:1], meeting.schedule_type)
    days: list[int | date] = [meeting.on] if meeting.on else [n for n in range(7) if meeting.days >> n & 1]
    for day in days:
        yield Event(teaching, day, meeting.start, meeting.end, Place(meeting.building, meeting.room))


def _rooms(events: Iterable[Event]) -> Figures:
    identical: set[frozenset[Teaching]] = set()
    partly: set[frozenset[Teaching]] = set()
    by_slot: dict[Any, set[tuple[str, str]]] = defaultdict(set)
    by_room: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        by_room[event.place, event.day].append(event)
        by_slot[event.place, event.day, event.start, event.end].add(event.teaching.course)
    for together in by_room.values():
        for one, other in combinations(together, 2):
            if one.overlaps(other):
                same = (one.start, one.end) == (other.start, other.end)
                (identical if same else partly).add(frozenset((one.teaching, other.teaching)))
    groups = {frozenset(courses) for courses in by_slot.values() if len(courses) > 1}
    return Figures(len(identical), len(partly), len(groups))


def _overlaps(people: dict[Event, dict[str, None]], crns: dict[Event, dict[str, None]]) -> list[dict[str, Any]]:
    """Return each pair of teachings of different courses that one person would have to be at, with one example."""
    by_person: dict[Any, list[Event]] = defaultdict(list)
    for event, names in people.items():
        for name in names:
            by_person[name, event.day].append(event)
    found: dict[frozenset[Teaching], dict[str, Any]] = {}
    for (name, _day), events in by_person.items():
        for one, other in combinations(events, 2):
            if one.teaching.course == other.teaching.course or one.place == other.place or not one.overlaps(other):
                continue
            pair = frozenset((one.teaching, other.teaching))
            entry = found.setdefault(pair, _overlap(one, other, crns))
            if name not in entry["instructors"]:
                entry["instructors"].append(name)
    return sorted(found.values(), key=lambda entry: [side["course"] for side in entry["sides"]])


def _overlap(one: Event, other: Event, crns: dict[Event, dict[str, None]]) -> dict[str, Any]:
    sides = sorted((one, other), key=lambda event: event.teaching)
    lettered = all(event.teaching.group.isalpha() for event in sides)
    return {"instructors": [], "lettered": lettered, "sides": [_side(event, crns[event]) for event in sides]}


def _side(event: Event, crns: Iterable[str]) -> dict[str, Any]:
    return {
        "course": " ".join(event.teaching.course),
        "crns": list(crns),
        "type": event.teaching.schedule_type,
        "day": WEEKDAYS[event.day] if isinstance(event.day, int) else event.day.isoformat(),
        "from": f"{event.start:%H:%M}",
        "to": f"{event.end:%H:%M}",
        "room": " ".join(event.place),
    }
