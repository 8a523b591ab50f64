"""CSV files in which no cell runs as a formula, written while the rows are read."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.text import slugify

# Spreadsheets skip spaces, a byte order mark and quotes before they look for a formula; the wide forms count too.
_FORMULA = re.compile(r"^[\s\ufeff\"']*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"^-?[0-9]+(\.[0-9]+)?\Z")
BOM = "\ufeff"


def csv_safe(value: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula; numbers, also negative ones, stay numbers.

    An instant is written with its offset from UTC.
    """
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, Promise):
        value = str(value)
    if not isinstance(value, str) or _NUMBER.match(value):
        return value
    return "'" + value if _FORMULA.match(value) else value


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_lines(header: Iterable[Any], rows: Iterable[Iterable[Any]], *, bom: bool = True) -> Iterator[str]:
    """Yield the lines of a CSV file. The byte order mark tells spreadsheets that it is UTF-8."""
    writer = csv.writer(_Echo())
    yield (BOM if bom else "") + writer.writerow([csv_safe(cell) for cell in header])
    for row in rows:
        yield writer.writerow([csv_safe(cell) for cell in row])


def csv_response(
    name: str, header: Iterable[Any], rows: Iterable[Iterable[Any]], *, bom: bool = True
) -> StreamingHttpResponse:
    """Return a CSV file to keep, named `name`; it is sent while the rows are read."""
    response = StreamingHttpResponse(csv_lines(header, rows, bom=bom), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(name) or "export"}.csv"'
    response["Cache-Control"] = "no-store"
    return response
