"""The matrix of doors against the table of who may do what: `access_policy.csv` joins the two.

A row is a line of that table: a resource, what is done to it, and for each person `Y` or `-`, as it is in the world of
these tests; the letters behind are the condition of the line, or say what else goes with it (`log`, `reason`). `doors`
names the rows of `access_matrix.csv` that show it, as door, method and thing, with `*` for any. `*` for a person leaves
the answer to the matrix. A line without doors is
not built: its doors fail `test_every_door_stands_in_a_line` when they come.
"""

import csv
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from coursemgmt.tests.test_access import ROWS
from coursemgmt.tests.world import MIRROR, MIXED

with (Path(__file__).parents[1] / "access_policy.csv").open(newline="") as file:
    LINES = list(csv.DictReader(file))

# Answers that tell nothing of rights: the page has no such method, or is there for one's own sign-in alone.
NEUTRAL = {"405"}
REFUSED = {"login", "401", "403", "404", "-"}
# What those who are enrolled share.
OF_A_CLASS = {"courses:material_list", "courses:material_file"}
ELSEWHERE = MIRROR | {"assistant": "other_student", MIXED: "assistant"}
"""Who is who about a thing of another section than Ivan's."""
PEOPLE = [name for name in LINES[0] if name not in {"resource", "action", "doors"}]


def key(row: dict[str, str]) -> str:
    return f"{row['door']} {row['method']} {row['about']}".strip()


def meant(line: dict[str, str]) -> list[dict[str, str]]:
    patterns = [pattern for pattern in line["doors"].split(" | ") if pattern]
    return [row for row in ROWS if any(_fits(key(row), pattern) for pattern in patterns)]


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern} *")


def expected(line: dict[str, str], row: dict[str, str]) -> Iterator[tuple[str, bool]]:
    """Yield each actor of the row with whether the line lets them."""
    for actor in [*PEOPLE, MIXED]:
        stands = actor
        if row["about"] == "free_section":
            swapped = ELSEWHERE | {there: here for here, there in MIRROR.items()}
            stands = swapped.get(actor, actor)
        elif actor == MIXED:
            # A classmate of Alice to everything of hers and of Ivan's, whatever else elsewhere.
            stands = ("student" if row["door"] in OF_A_CLASS else "other_student") if row["about"] else ""
        if stands and line[stands] != "*":
            yield actor, line[stands].startswith("Y")


@pytest.mark.row("R62", "R67", "W05")
@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line['resource']}: {line['action']}")
def test_doors_answer_as_the_line_says(line):
    wrong = []
    for row in meant(line):
        for actor, lets in expected(line, row):
            answers = set(row[actor].split("|")) - NEUTRAL
            if answers and lets == bool(answers & REFUSED):
                wrong.append((key(row), actor, row[actor]))
    assert wrong == []


@pytest.mark.row("R62", "W05")
def test_every_door_stands_in_a_line():
    covered = {key(row) for line in LINES for row in meant(line)}
    assert sorted({key(row) for row in ROWS} - covered) == []


@pytest.mark.row("R62")
def test_every_pattern_of_a_line_names_a_door():
    patterns = [(line["action"], pattern) for line in LINES for pattern in line["doors"].split(" | ") if pattern]
    assert [said for said in patterns if not any(_fits(key(row), said[1]) for row in ROWS)] == []
