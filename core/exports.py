"""Cells of spreadsheets that stay text."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

_FORMULA = re.compile(r"^[\s\ufeff\"']*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"^-?\d+(\.\d+)?\Z")


def csv_safe(value: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula; numbers, also negative ones, stay numbers."""
    if not isinstance(value, str) or _NUMBER.match(value):
        return value
    return "'" + value if _FORMULA.match(value) else value


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_response(name: str, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """Return a CSV file that is written while the rows are read."""
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow([csv_safe(cell) for cell in header])
        for row in rows:
            yield writer.writerow([csv_safe(cell) for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response
