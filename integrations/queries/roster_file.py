"""Read a roster: who is to be enrolled or dropped where, or what is wrong on which line."""

import csv
import io
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from integrations.queries.text_file import LineError, Malformed

NEEDED, KNOWN = ("student", "section"), ("action", "student", "section", "reason")
ACTIONS = ("enroll", "drop")
MOST_BYTES, MOST_LINES, MOST_ERRORS = 5_000_000, 20_000, 200
LONGEST = {"student": 254, "section": 40, "reason": 500, "action": 6}


@dataclass(frozen=True)
class RosterLine:
    line: int
    action: str
    student: str
    section: str
    reason: str


@dataclass
class ParsedRoster:
    lines: list[RosterLine] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)


def read_roster(content: bytes) -> ParsedRoster:
    """Return the lines of a CSV file with the columns student and section, and, optional, action and reason.

    Comma, semicolon or tab; UTF-8, or UTF-16 with its mark. Never raises for bad content.
    """
    found = ParsedRoster()
    try:
        text = _text(content)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        names = _header(next(reader, []))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(found.lines) >= MOST_LINES:
                raise Malformed(_("A file has at most %(n)s lines.") % {"n": MOST_LINES})
            _take(dict(zip(names, cells, strict=False)), len(cells) == len(names), reader.line_num, found)
            if len(found.errors) >= MOST_ERRORS:
                raise Malformed(_("Too many errors; the rest was not read."))
    except csv.Error as exc:
        found.errors.append(LineError(0, _("The file is no CSV: %(why)s.") % {"why": exc}))
    except Malformed as exc:
        found.errors.append(LineError(0, str(exc)))
    if not found.lines and not found.errors:
        found.errors.append(LineError(0, _("The file has no rows.")))
    return found


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise Malformed(_("A file has at most %(n)s MB.") % {"n": MOST_BYTES // 1_000_000})
    if not content.strip():
        raise Malformed(_("The file is empty."))
    encoding = "utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as exc:
        line = content[: exc.start].count(b"\n") + 1
        raise Malformed(_("The file is not text in UTF-8: see line %(n)s.") % {"n": line}) from exc
    if "\x00" in text:
        raise Malformed(_("The file is not text: it contains NUL characters."))
    return text


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().casefold() for cell in cells]
    if unknown := [name for name in names if name not in KNOWN]:
        raise Malformed(_("Unknown columns: %(names)s.") % {"names": ", ".join(unknown)[:200]})
    if missing := [name for name in NEEDED if name not in names]:
        raise Malformed(_("The file needs the columns %(names)s.") % {"names": ", ".join(missing)})
    if len(set(names)) < len(names):
        raise Malformed(_("A column stands in the first line twice."))
    return names


def _take(row: dict[str, str], fits: bool, number: int, found: ParsedRoster) -> None:
    values = {name: value.strip() for name, value in row.items()}
    wrong = ""
    action = values.get("action", "").casefold() or "enroll"
    if not fits:
        wrong = _("The line has more or fewer columns than the first line.")
    elif not values["student"] or not values["section"]:
        wrong = _("Student and section are needed.")
    elif action not in ACTIONS:
        wrong = _("The action is enroll or drop.")
    elif any(len(value) > LONGEST[name] for name, value in values.items()):
        wrong = _("A value is too long.")
    if wrong:
        found.errors.append(LineError(number, wrong))
        return
    found.lines.append(RosterLine(number, action, values["student"], values["section"], values.get("reason", "")))
