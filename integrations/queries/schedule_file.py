"""Read a schedule of classes by a layout: sections and meetings, or a report of what is wrong on which line."""

import re
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db.models import Model

from courses.models import Course, Section, Subject
from courses.validators import validate_code
from integrations.layouts import Layout
from integrations.queries.text_file import LineError, Malformed, Row, longest, read_rows
from scheduling.models import Building, MeetingPattern, Room

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})\Z")
# Each part of a name is kept in a column of this length.
LONGEST_NAME = 150


@dataclass(frozen=True)
class ParsedMeeting:
    """One meeting of a section; `days` is a bitmask from Monday, `on` the day of a dated one, times None if untimed."""

    schedule_type: str
    days: int
    on: date | None
    start: time | None
    end: time | None
    building: str
    room: str

    @property
    def is_timed(self) -> bool:
        return self.start is not None


@dataclass
class ParsedSection:
    line: int
    subject: str
    number: str
    section_number: str
    crn: str
    instructors: list[str]
    capacity: int | None
    meetings: list[ParsedMeeting] = field(default_factory=list)

    @property
    def course(self) -> tuple[str, str]:
        return self.subject, self.number


@dataclass
class ParsedSchedule:
    rows: int = 0
    # As the file lists them, before merging.
    meetings: int = 0
    sections: list[ParsedSection] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    # The first line that names each room.
    rooms: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def courses(self) -> set[tuple[str, str]]:
        return {section.course for section in self.sections}


def read_schedule(path: Path, layout: Layout) -> ParsedSchedule:
    """Return what the file says. Rows of one CRN are merged: their meetings add up, repeated ones count once.

    Never raises for bad content: every finding is a LineError with its line number.
    """
    found = ParsedSchedule()
    sections: dict[str, ParsedSection] = {}
    numbers: dict[tuple[tuple[str, str], str], ParsedSection] = {}

    def take(row: Row, line: int) -> list[str]:
        found.rows += 1
        try:
            section = _section(row, line, layout)
        except Malformed as exc:
            return [str(exc)]
        wrong = _take_meetings(row, line, section, layout, found)
        known = sections.setdefault(section.crn, section)
        if known is not section:
            wrong += _merge(known, section)
        else:
            same = numbers.setdefault((section.course, section.section_number), section)
            if same is not section:
                wrong.append(f"The section {section.section_number} stands with the id {same.crn} on line {same.line}.")
        return wrong

    found.errors = read_rows(path, layout, list(layout.columns.values()), take)
    found.sections = list(sections.values())
    return found


def _take_meetings(row: Row, line: int, section: ParsedSection, layout: Layout, found: ParsedSchedule) -> list[str]:
    wrong = []
    for item in _items(row[layout.columns["meetings"]], layout):
        found.meetings += 1
        try:
            meeting = _meeting(item, layout)
        except Malformed as exc:
            wrong.append(str(exc))
            continue
        if meeting not in section.meetings:
            section.meetings.append(meeting)
        if meeting.room:
            found.rooms.setdefault((meeting.building, meeting.room), line)
    return wrong


def _merge(known: ParsedSection, again: ParsedSection) -> list[str]:
    """Add what another row of the same id says; what it says otherwise is wrong."""
    if (known.course, known.section_number) != (again.course, again.section_number):
        return [f"The id {again.crn} stands for another section on line {known.line}."]
    if known.capacity != again.capacity:
        return [f"The id {again.crn} has another number of seats on line {known.line}."]
    known.meetings = list(dict.fromkeys([*known.meetings, *again.meetings]))
    known.instructors = list(dict.fromkeys([*known.instructors, *again.instructors]))
    return []


def _section(row: Row, line: int, layout: Layout) -> ParsedSection:
    values = {key: row[name] for key, name in layout.columns.items()}
    subject, _, number = values["course"].strip().rpartition(" ")
    if not subject or not number:
        raise Malformed(f"“{values['course']}” is not a subject and a course number.")
    crn = values["crn"].strip()
    if not crn:
        raise Malformed("The line has no section id.")
    separator = layout.values["instructor_separator"]
    people = [name.strip() for name in values["instructors"].split(separator)]
    return ParsedSection(
        line=line,
        subject=_code(subject.strip(), "subject", Subject),
        number=_code(number, "number", Course),
        section_number=_short(values["section_number"].strip(), "section number", Section, "section_number"),
        crn=_code(crn, "section id", Section, "crn"),
        instructors=[_name(one) for one in dict.fromkeys(people) if one not in layout.values["nobody"]],
        capacity=_capacity(values["capacity"].strip(), layout),
    )


def _short(value: str, what: str, model: type[Model], field_name: str) -> str:
    most = longest(model, field_name)
    if not value:
        raise Malformed(f"The line has no {what}.")
    if len(value) > most:
        raise Malformed(f"“{value[:60]}” is too long for a {what}: {most} characters at most.")
    return value


def _code(value: str, what: str, model: type[Model], field_name: str = "") -> str:
    """Return a code that the column of the model takes."""
    _short(value, what, model, field_name or ("number" if model is Course else "code"))
    try:
        validate_code(value)
    except ValidationError as exc:
        raise Malformed(f"“{value}” is not a {what}: {exc.messages[0]}") from exc
    return value


def _name(name: str) -> str:
    if max(len(part) for part in name.split(", ", 1)) > LONGEST_NAME:
        raise Malformed(f"“{name[:60]}” is too long for a name.")
    return name


def _capacity(raw: str, layout: Layout) -> int | None:
    if raw in layout.values["no_limit"]:
        return None
    if not raw.isascii() or not raw.isdigit() or len(raw) > 6:
        raise Malformed(f"“{raw[:60]}” is not a number of seats.")
    return int(raw)


def _items(raw: str, layout: Layout) -> list[str]:
    return raw.split(layout.meetings["separator"]) if raw.strip() else []


def _meeting(item: str, layout: Layout) -> ParsedMeeting:
    rules = layout.meetings
    parts = item.split(rules["field_separator"], len(rules["fields"]) - 1)
    if len(parts) != len(rules["fields"]):
        raise Malformed(f"“{item[:60]}” is not a meeting of {', '.join(rules['fields'])}.")
    said = {name: part.strip() for name, part in zip(rules["fields"], parts, strict=True)}
    kind = _short(said["schedule_type"], "meeting type", MeetingPattern, "schedule_type")
    building, room = _room(said["room"], layout)
    if said["days"] in rules["untimed_days"] or said["time"] in rules["untimed_time"]:
        return ParsedMeeting(kind, 0, None, None, None, building, room)
    on, days = _days(said["days"], layout)
    start, end = _times(said["time"], layout)
    return ParsedMeeting(kind, days, on, start, end, building, room)


def _room(raw: str, layout: Layout) -> tuple[str, str]:
    if raw in layout.values["no_room"]:
        return "", ""
    building, _, room = raw.partition(" ")
    # A place that is no building with rooms is written with its code alone.
    if not room.strip() and building not in layout.values["no_place"]:
        raise Malformed(f"“{raw[:60]}” is not a building and a room.")
    return _code(building, "building", Building), _short(room.strip() or raw, "room", Room, "code")


def _days(raw: str, layout: Layout) -> tuple[date | None, int]:
    if ISO_DATE.match(raw):
        try:
            on = date.fromisoformat(raw)
        except ValueError as exc:
            raise Malformed(f"“{raw}” is not a day of the calendar.") from exc
        if not 1970 <= on.year <= 2200:
            raise Malformed(f"“{raw}” is not in any term.")
        return on, 1 << on.weekday()
    codes: dict[str, int] = layout.meetings["days"]
    rest, mask = raw, 0
    while rest:
        code = next((c for c in sorted(codes, key=len, reverse=True) if rest.startswith(c)), None)
        if code is None or mask >> codes[code] & 1:
            raise Malformed(f"“{raw[:60]}” is not a list of weekdays ({', '.join(codes)}).")
        mask |= 1 << codes[code]
        rest = rest[len(code) :]
    return None, mask


def _times(raw: str, layout: Layout) -> tuple[time, time]:
    start_raw, separator, end_raw = raw.partition(layout.meetings["time_separator"])
    if not separator:
        raise Malformed(f"“{raw[:60]}” is not a start and an end.")
    start, end = _clock(start_raw), _clock(end_raw)
    if end <= start:
        raise Malformed(f"“{raw}” ends before it starts.")
    return start, end


def _clock(raw: str) -> time:
    match = CLOCK.match(raw.strip())
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise Malformed(f"“{raw.strip()[:60]}” is not a time of day.")
    return time(int(match[1]), int(match[2]))
