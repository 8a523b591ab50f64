"""Cells of spreadsheets stay text, numbers stay numbers, and files are sent while rows are read."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils.translation import gettext_lazy

from core.exports import csv_lines, csv_response, csv_safe

pytestmark = pytest.mark.row("L06", "R81")

FORMULAS = [
    "=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", ' "=1', "-", "\uff1d1", "\ufeff=1", "-1\n=2", "\n=1", "\t",
    '=DDE ("cmd";"/C calc";"!A0")A0', "@SUM(1+9)*cmd|' /C calc'!A0", "=10+20+cmd|' /C calc'!A0",
    "=cmd|' /C notepad'!'A1'", "'=1", "-\u0663", "\u00a0=1",
]  # fmt: skip


@pytest.mark.parametrize("cell", FORMULAS)
def test_formula_is_made_text(cell):
    assert csv_safe(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-5", "-0.25", "12", -5, Decimal("-1.50"), None, "", "Zoë", "a=b", "CS-101", "DDE x"])
def test_other_cells_stay_as_they_are(cell):
    assert csv_safe(cell) == cell


def test_a_translated_formula_is_text_and_an_instant_names_its_offset():
    assert csv_safe(gettext_lazy("=x")) == "'=x"
    assert csv_safe(datetime(2031, 3, 2, 17, 5, tzinfo=UTC)) == "2031-03-02 17:05+00:00"


@pytest.mark.parametrize(("bom", "first"), [(True, "\ufeff"), (False, "")])
def test_what_is_read_back_is_what_was_written_but_for_the_mark_of_text(bom, first):
    rows = [["a,b", 'say "hi"', "two\nlines", "ünï"], *([cell] for cell in FORMULAS)]
    text = "".join(csv_lines(["n", "=head"], rows, bom=bom))
    assert text.startswith(first + "n")
    found = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert found == [["n", "'=head"], rows[0], *(["'" + cell] for cell in FORMULAS)]


def test_file_is_written_while_rows_are_read():
    read = []

    def rows():
        for n in range(2):
            read.append(n)
            yield [n, "=x"]

    response = csv_response('../a "roster"\r\n', ["n", "name"], rows())
    parts = iter(response.streaming_content)
    assert next(parts).decode() == "\ufeffn,name\r\n"
    assert read == []
    assert b"".join(parts).decode() == "0,'=x\r\n1,'=x\r\n"
    assert response["Content-Disposition"] == 'attachment; filename="a-roster.csv"'
