"""Read a schedule of classes by a layout: sections and meetings, or a report of what is wrong on which line."""

import csv
import gzip
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Literal

from integrations.layouts import Layout

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})\Z")
LFS = b"version https://git-lfs"
MOST_ERRORS = 200


@dataclass(frozen=True)
class LineError:
    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


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
    rows: int
    meetings: int
    sections: list[ParsedSection]
    errors: list[LineError]

    @property
    def courses(self) -> set[tuple[str, str]]:
        return {section.course for section in self.sections}

    @property
    def rooms(self) -> set[tuple[str, str]]:
        return {(m.building, m.room) for s in self.sections for m in s.meetings if m.room}


class Malformed(ValueError):
    """One value of one line is not what the layout says."""


def read_schedule(path: Path, layout: Layout) -> ParsedSchedule:
    """Return what the file says. Rows of one CRN are merged: their meetings add up, repeated ones count once.

    Never raises for bad content: every finding is a LineError with its line number.
    """
    try:
        text = _text(path, layout)
    except Malformed as exc:
        return ParsedSchedule(0, 0, [], [LineError(0, str(exc))])
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if layout.quoted else csv.QUOTE_NONE
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=layout.delimiter, quoting=quoting)
    missing = [name for name in layout.columns.values() if name not in (reader.fieldnames or [])]
    if missing:
        message = f"The layout {layout.name} needs the columns {', '.join(missing)}, which the file does not have."
        return ParsedSchedule(0, 0, [], [LineError(1, message)])
    sections: dict[str, ParsedSection] = {}
    errors: list[LineError] = []
    counted: Counter[str] = Counter()
    try:
        for row in reader:
            counted["rows"] += 1
            _take_row(row, reader.line_num, layout, sections, errors, counted)
            if len(errors) >= MOST_ERRORS:
                errors.append(LineError(reader.line_num, "Too many errors; the rest was not read."))
                break
    except csv.Error as exc:
        errors.append(LineError(reader.line_num, f"The line cannot be read: {exc}."))
    if not counted["rows"]:
        errors.append(LineError(0, "The file has no rows."))
    return ParsedSchedule(counted["rows"], counted["meetings"], list(sections.values()), errors)


def _text(path: Path, layout: Layout) -> str:
    try:
        raw = path.read_bytes()
    except OSError as exc:
        raise Malformed(f"The file cannot be read: {exc.strerror}.") from exc
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError) as exc:
            raise Malformed("The file is compressed, but damaged.") from exc
    if raw.startswith(LFS):
        raise Malformed("This is a Git LFS pointer, not the file itself: fetch the file first.")
    if not raw.strip():
        raise Malformed("The file is empty.")
    if b"\x00" in raw:
        raise Malformed(f"The file is not text in {layout.encoding}: it contains NUL bytes.")
    try:
        return raw.decode(layout.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as exc:
        line = raw[: exc.start].count(b"\n") + 1
        raise Malformed(f"The file is not text in {layout.encoding}: see line {line}.") from exc


def _take_row(
    row: dict[str, str],
    line: int,
    layout: Layout,
    sections: dict[str, ParsedSection],
    errors: list[LineError],
    counted: Counter[str],
) -> None:
    try:
        section = _section(row, line, layout)
    except Malformed as exc:
        errors.append(LineError(line, str(exc)))
        return
    for item in _items(row[layout.columns["meetings"]], layout):
        counted["meetings"] += 1
        try:
            section.meetings.append(_meeting(item, layout))
        except Malformed as exc:
            errors.append(LineError(line, str(exc)))
    known = sections.get(section.crn)
    if known is None:
        section.meetings = list(dict.fromkeys(section.meetings))
        sections[section.crn] = section
    elif (known.course, known.section_number) != (section.course, section.section_number):
        errors.append(LineError(line, f"The id {section.crn} stands for another section on line {known.line}."))
    else:
        known.meetings = list(dict.fromkeys([*known.meetings, *section.meetings]))


def _section(row: dict[str, str], line: int, layout: Layout) -> ParsedSection:
    values = {key: row[name] for key, name in layout.columns.items()}
    if None in row or any(value is None for value in values.values()):
        raise Malformed("The line has more or fewer columns than the first line.")
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
        subject=subject,
        number=number,
        section_number=values["section_number"].strip(),
        crn=crn,
        instructors=list(dict.fromkeys(name for name in people if name not in layout.values["nobody"])),
        capacity=_capacity(values["capacity"].strip(), layout),
    )


def _capacity(raw: str, layout: Layout) -> int | None:
    if raw in layout.values["no_limit"]:
        return None
    if not raw.isascii() or not raw.isdigit() or len(raw) > 6:
        raise Malformed(f"“{raw}” is not a number of seats.")
    return int(raw)


def _items(raw: str, layout: Layout) -> list[str]:
    return raw.split(layout.meetings["separator"]) if raw.strip() else []


def _meeting(item: str, layout: Layout) -> ParsedMeeting:
    rules = layout.meetings
    parts = item.split(rules["field_separator"], len(rules["fields"]) - 1)
    if len(parts) != len(rules["fields"]):
        raise Malformed(f"“{item}” is not a meeting of {', '.join(rules['fields'])}.")
    said = {name: part.strip() for name, part in zip(rules["fields"], parts, strict=True)}
    building, room = _room(said["room"], layout)
    if said["days"] in rules["untimed_days"] or said["time"] in rules["untimed_time"]:
        return ParsedMeeting(said["schedule_type"], 0, None, None, None, building, room)
    on, days = _days(said["days"], layout)
    start, end = _times(said["time"], layout)
    return ParsedMeeting(said["schedule_type"], days, on, start, end, building, room)


def _room(raw: str, layout: Layout) -> tuple[str, str]:
    if raw in layout.values["no_room"]:
        return "", ""
    building, _, room = raw.partition(" ")
    return building, room.strip() or raw


def _days(raw: str, layout: Layout) -> tuple[date | None, int]:
    if ISO_DATE.match(raw):
        try:
            on = date.fromisoformat(raw)
        except ValueError as exc:
            raise Malformed(f"“{raw}” is not a day of the calendar.") from exc
        return on, 1 << on.weekday()
    codes: dict[str, int] = layout.meetings["days"]
    rest, mask = raw, 0
    while rest:
        code = next((c for c in sorted(codes, key=len, reverse=True) if rest.startswith(c)), None)
        if code is None:
            raise Malformed(f"“{raw}” is not a list of weekdays ({', '.join(codes)}).")
        mask |= 1 << codes[code]
        rest = rest[len(code) :]
    return None, mask


def _times(raw: str, layout: Layout) -> tuple[time, time]:
    start_raw, separator, end_raw = raw.partition(layout.meetings["time_separator"])
    if not separator:
        raise Malformed(f"“{raw}” is not a start and an end.")
    start, end = _clock(start_raw), _clock(end_raw)
    if end <= start:
        raise Malformed(f"“{raw}” ends before it starts.")
    return start, end


def _clock(raw: str) -> time:
    match = CLOCK.match(raw.strip())
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise Malformed(f"“{raw.strip()}” is not a time of day.")
    return time(int(match[1]), int(match[2]))
