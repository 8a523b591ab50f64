"""Cells of spreadsheets stay text."""

import pytest

from core.exports import csv_response, csv_safe


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", ' "=1', "-", "\uff1d1", "\ufeff=1", "-1\n=2"]
)
def test_formula_is_made_text(cell):
    assert csv_safe(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-5", "-0.25", "12", -5, None, "", "Zoë", "a=b", "CS-101"])
def test_other_cells_stay_as_they_are(cell):
    assert csv_safe(cell) == cell


def test_file_is_written_while_rows_are_read():
    read = []

    def rows():
        for n in range(2):
            read.append(n)
            yield [n, "=x"]

    response = csv_response("roster", ["n", "name"], rows())
    parts = iter(response.streaming_content)
    assert next(parts).decode() == "\ufeffn,name\r\n"
    assert read == []
    assert b"".join(parts).decode() == "0,'=x\r\n1,'=x\r\n"
    assert response["Content-Disposition"] == 'attachment; filename="roster.csv"'
