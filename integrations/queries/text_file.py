"""Read the lines of a file that somebody sent: which columns it has, or in words why it cannot be read."""

import csv
import gzip
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from django.db.models import Model

from integrations.layouts import Layout

LFS = b"version https://git-lfs"
GZIP = b"\x1f\x8b"
MOST_ERRORS = 200
# Unpacked. A term of a large university has about 3 MB.
MOST_BYTES = 200_000_000

Row = dict[str, str]


@dataclass(frozen=True)
class LineError:
    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class Malformed(ValueError):
    """One value of one line, or the whole file, is not what the layout says."""


def read_rows(path: Path, layout: Layout, columns: list[str], take: Callable[[Row, int], list[str]]) -> list[LineError]:
    """Give each row with its line number to `take`, which returns what is wrong with it; return all that is wrong.

    Never raises for bad content. Reading ends after MOST_ERRORS findings.
    """
    try:
        text = _text(path, layout)
    except Malformed as exc:
        return [LineError(0, str(exc))]
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if layout.quoted else csv.QUOTE_NONE
    # Strict, so that an open quote at the end of the file is said.
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=layout.delimiter, quoting=quoting, strict=layout.quoted
    )
    errors: list[LineError] = []
    seen = False
    try:
        if wrong := _header(list(reader.fieldnames or []), columns, layout):
            return [LineError(1, wrong)]
        for row in reader:
            seen = True
            if None in row or None in row.values():
                errors.append(LineError(reader.line_num, "The line has more or fewer columns than the first line."))
            else:
                errors += [LineError(reader.line_num, message) for message in take(row, reader.line_num)]
            if len(errors) >= MOST_ERRORS:
                errors.append(LineError(reader.line_num, "Too many errors; the rest was not read."))
                break
    except csv.Error as exc:
        # The outer reader counts a line only once it is a row.
        errors.append(LineError(reader.reader.line_num, f"The line cannot be read: {exc}."))
    if not seen and not errors:
        errors.append(LineError(0, "The file has no rows."))
    return errors


def longest(model: type[Model], name: str) -> int:
    """Return how many characters a column takes."""
    return getattr(model._meta.get_field(name), "max_length", None) or 0


def _header(names: list[str], columns: list[str], layout: Layout) -> str:
    missing = [name for name in columns if name not in names]
    if missing:
        return f"The layout {layout.name} needs the columns {', '.join(missing)}, which the file does not have."
    twice = [name for name in columns if names.count(name) > 1]
    return f"The file has the columns {', '.join(twice)} more than once." if twice else ""


def _text(path: Path, layout: Layout) -> str:
    try:
        with path.open("rb") as source:
            raw = _read(source)
    except OSError as exc:
        raise Malformed(f"The file cannot be read: {exc.strerror or 'it is damaged'}.") from exc
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


def _read(source: IO[bytes]) -> bytes:
    """Return the content, unpacked if it is packed, but never more than MOST_BYTES: a packed file may be a bomb."""
    packed = source.read(2) == GZIP
    source.seek(0)
    try:
        raw = gzip.GzipFile(fileobj=source).read(MOST_BYTES + 1) if packed else source.read(MOST_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as exc:
        raise Malformed("The file is compressed, but damaged.") from exc
    if len(raw) > MOST_BYTES:
        raise Malformed(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    return raw
