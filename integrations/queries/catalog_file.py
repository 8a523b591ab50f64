"""Read a catalogue by a layout: courses with title, credit hours and description, or what is wrong on which line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from courses.models import Course, Subject
from integrations.layouts import Layout
from integrations.queries.text_file import LineError, Malformed, Row, longest, read_rows

# "EDS 31", "31", "EDS", "COM GEN 194"; letters may stand apart from the digits: "EDS 128 A".
CODE = re.compile(r"(?P<subject>[A-Z&]+(?: [A-Z&]+)*)?(?: ?(?P<digits>[0-9]+) ?(?P<letters>[A-Z]*))?\Z")
CREDITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
BETWEEN_CREDITS = re.compile(r"(?:[\s,/\u2013\u2014-]|or|to)*\Z")
MOST_CREDITS = Decimal(100)


class Credits(NamedTuple):
    least: Decimal
    most: Decimal


@dataclass(frozen=True)
class ParsedCourse:
    """One course; `credits` is None where the catalogue says none."""

    line: int
    subject: str
    number: str
    title: str
    credits: Credits | None
    description: str

    @property
    def code(self) -> tuple[str, str]:
        return self.subject, self.number


@dataclass
class ParsedCatalog:
    """What a catalogue says. `left_out` are the lines whose course cannot be read, `repeated` courses said before."""

    rows: int = 0
    courses: list[ParsedCourse] = field(default_factory=list)
    left_out: list[LineError] = field(default_factory=list)
    repeated: list[LineError] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)


def read_catalog(path: Path, layout: Layout, *, leave_out: bool = False) -> ParsedCatalog:
    """Return what the file says; of a course that stands on several lines the first one counts.

    Never raises for bad content. With `leave_out` a line whose course cannot be read is noted and no error.
    """
    found = ParsedCatalog()
    courses: dict[tuple[str, str], ParsedCourse] = {}

    def take(row: Row, line: int) -> list[str]:
        found.rows += 1
        columns = layout.catalog["columns"]
        try:
            codes = codes_of(row[columns["course"]].strip(), layout)
        except Malformed as exc:
            if not leave_out:
                return [str(exc)]
            found.left_out.append(LineError(line, str(exc)))
            return []
        try:
            for course in _courses(row, line, codes, columns):
                same = courses.setdefault(course.code, course)
                if same is not course:
                    words = f"{' '.join(course.code)} stands on line {same.line} already."
                    found.repeated.append(LineError(line, words))
        except Malformed as exc:
            return [str(exc)]
        return []

    found.errors = read_rows(path, layout, list(layout.catalog["columns"].values()), take)
    found.courses = list(courses.values())
    return found


def codes_of(raw: str, layout: Layout) -> list[tuple[str, str]]:
    """Return every subject and number that one entry names: "HIEA 163/263" is two, "BGGN 249A-B-C" three.

    A subject without a number takes the next number, a number without a subject the last subject.
    """
    rules = layout.catalog
    found: list[tuple[str, str]] = []
    waiting: list[str] = []
    subject = ""
    for part in _split(raw, rules["either"]):
        numbers: list[str] = []
        for piece in _split(part, rules["sequence"]):
            match = CODE.match(piece)
            if not match:
                raise _no_course(raw)
            if match["digits"] is None and numbers and piece.isalpha():
                numbers += _letters(numbers[-1], piece, is_range=rules["range"] in part)
                continue
            if match["subject"]:
                subject = match["subject"]
            if match["digits"] is None:
                waiting.append(subject)
                continue
            numbers.append(match["digits"] + match["letters"])
        if numbers:
            found += [(name, number) for name in dict.fromkeys([*waiting, subject]) for number in numbers]
            waiting = []
    if not found or waiting or not all(name for name, _number in found):
        raise _no_course(raw)
    return [_fitting(one, raw) for one in dict.fromkeys(found)]


def _split(raw: str, separators: Iterable[str]) -> list[str]:
    return [part.strip() for part in re.split("|".join(map(re.escape, separators)), raw)]


def _letters(last: str, piece: str, *, is_range: bool) -> list[str]:
    """Return the numbers that "B" adds after "249A"; after a dash for a range also those between."""
    digits = last.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    before = last[len(digits) :]
    if is_range and len(before) == len(piece) == 1 and before < piece:
        return [digits + chr(code) for code in range(ord(before) + 1, ord(piece) + 1)]
    return [digits + piece]


def _fitting(code: tuple[str, str], raw: str) -> tuple[str, str]:
    subject, number = code
    if len(number) > longest(Course, "number") or len(subject) > longest(Subject, "code"):
        raise _no_course(raw)
    return code


def _no_course(raw: str) -> Malformed:
    return Malformed(f"“{raw[:60]}” is not a subject and a course number.")


def _courses(row: Row, line: int, codes: list[tuple[str, str]], columns: dict[str, str]) -> Iterable[ParsedCourse]:
    title, description = row[columns["title"]].strip(), row[columns["description"]].strip()
    for text, name in ((title, "title"), (description, "description")):
        if len(text) > longest(Course, name):
            raise Malformed(f"The {name} is longer than {longest(Course, name)} characters.")
    if not title:
        raise Malformed("The line has no title.")
    for (subject, number), hours in zip(codes, _credits(row[columns["credits"]].strip(), len(codes)), strict=True):
        yield ParsedCourse(line, subject, number, title, hours, description)


def _credits(raw: str, courses: int) -> list[Credits | None]:
    """Return the credit hours of each course of a line: "4" and "1-4" for all of them, "4-4-4" one by one."""
    if not raw:
        return [None] * courses
    numbers = [Decimal(number) for number in CREDITS.findall(raw)]
    if not numbers or not BETWEEN_CREDITS.match(CREDITS.sub("", raw)) or max(numbers) > MOST_CREDITS:
        raise Malformed(f"“{raw[:60]}” is not a number of credit hours, nor a range.")
    if courses > 1 and len(numbers) == courses:
        return [Credits(number, number) for number in numbers]
    return [Credits(min(numbers), max(numbers))] * courses
