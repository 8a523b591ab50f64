"""What each person is told: the keys of every answer of the API and the columns of every file.

`body_keys.csv` is the list that is allowed. A line is an operation (a row of `access_matrix.csv`), who is answered, and
the keys that hold a value for them; `rows.name` is a key within a list, and a key that is always null is not told. A
new key fails. `BODY_KEYS=print script/test -k no_answer_tells -s` prints the lines as they are now: judge each of them
against the field rules before it goes in.
"""

import csv
import io
import json
import os
import re
from collections import defaultdict
from pathlib import Path

import pytest
from django.urls import reverse

from coursemgmt.tests.doors import doors
from coursemgmt.tests.test_access import ROWS
from coursemgmt.tests.world import ACTORS

pytestmark = pytest.mark.django_db
LISTED = Path(__file__).parents[1] / "body_keys.csv"
# Never told to anybody, by any operation.
SECRET = re.compile(
    r"password|is_staff|is_superuser|last_login|token_epoch|(^|\.)hash|secret|user_permissions|birth|phone|gateway"
)
OFFICE = {"registrar", "administrator"}
# Who may be told a field of somebody else's, by operation; where an operation is left out, nobody is.
CONTACTS = {
    "api_me": set(ACTORS),
    "api_roster": {"instructor", "other_instructor", *OFFICE},
    "api_student-list": {"student", "other_student", "assistant", "advisor", "other_advisor", "mixed", *OFFICE},
    "api_student-detail": {"student", "advisor", *OFFICE},
    # The address of whoever reads along, for the student who is asked.
    "api_guardianship-agree": {"student"},
    "api_guardianship-detail": {"student", *OFFICE},
    "api_guardianship-end": {"student"},
    "api_guardianship-list": {"student", *OFFICE},
    "api_person-list": OFFICE,
    "api_person-detail": OFFICE,
    "api_invitation-list": OFFICE,
    # The address that a seat is kept for.
    "api_pre_enrollment-list": OFFICE,
    "api_pre_enrollment-detail": OFFICE,
    "api_pre_enrollment-drop": OFFICE,
    "api_invitation-detail": OFFICE,
    "api_invitation-resend": OFFICE,
}
TEACHERS = {"instructor", "other_instructor"}


def read_lines():
    with LISTED.open(newline="") as file:
        return {(row["operation"], row["actors"]): row["keys"] for row in csv.DictReader(file)}


def keys_of(body, start=""):
    """Yield the path of every key whose value says something."""
    if isinstance(body, list):
        for row in body:
            yield from keys_of(row, start)
    elif isinstance(body, dict):
        for key, value in body.items():
            if value not in (None, "", [], {}):
                path = f"{start}.{key}" if start else key
                yield path
                yield from keys_of(value, path)


def told(world, row, actor):
    """Return what the actor is told by a door, or None where they are refused."""
    answer = world.answer(actor, row["door"], row["method"], row["about"])
    if not 200 <= answer.status_code < 300:
        return None
    if "json" in answer.get("Content-Type", ""):
        return " ".join(sorted(set(keys_of(json.loads(answer.content)))))
    if "csv" in answer.get("Content-Type", ""):
        header = next(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
        return " | ".join(header)
    return ""


@pytest.fixture(scope="module")
def lines(world):
    """Return (operation, actors) -> keys, actors with the same keys together."""
    found = {}
    for row in ROWS:
        asked = row["door"].startswith(("api_", "api-")) or row["door"].endswith("_csv")
        if not asked or row["door"] in {"api_schema", "api_docs"}:
            continue
        groups = defaultdict(list)
        for actor in ACTORS:
            if keys := told(world, row, actor):
                groups[keys].append(actor)
        operation = f"{row['door']} {row['method']} {row['about']}".strip()
        found |= {(operation, " ".join(actors)): keys for keys, actors in groups.items()}
    return found


@pytest.mark.slow
@pytest.mark.row("R64")
def test_no_answer_tells_more_than_its_line(lines):
    if os.environ.get("BODY_KEYS") == "print":
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([*operation, keys] for operation, keys in sorted(lines.items()))
        print("operation,actors,keys", out.getvalue(), sep="\n")  # noqa: T201
    listed = read_lines()
    assert {line: keys for line, keys in lines.items() if listed.get(line) != keys} == {}
    assert sorted(set(listed) - set(lines)) == []


@pytest.mark.row("R64")
def test_no_line_tells_a_secret():
    keys = [(line, key) for line, keys in read_lines().items() for key in re.split(r" \| | ", keys)]
    assert [said for said in keys if SECRET.search(said[1])] == []


@pytest.mark.row("R64")
def test_addresses_are_told_to_those_of_the_field_rules_alone():
    wrong = []
    for (operation, actors), keys in read_lines().items():
        door = operation.split()[0]
        if "email" in {key.rpartition(".")[2] for key in keys.split(" ")}:
            wrong += [(operation, actor) for actor in actors.split() if actor not in CONTACTS.get(door, set())]
    assert wrong == []


@pytest.mark.row("R64")
def test_files_with_addresses_and_numbers_are_for_instructors_and_the_office():
    wrong = []
    for (operation, actors), keys in read_lines().items():
        if "Student number" in keys.split(" | "):
            wrong += [(operation, actor) for actor in actors.split() if actor not in {*TEACHERS, *OFFICE}]
    assert wrong == []


LISTS = sorted(door.name for door in doors() if re.match(r"api[_-].*list$", door.name) and door.method == "GET")


@pytest.mark.row("R64")
@pytest.mark.parametrize("asked", ["ordering", "order_by", "sort", "o", "student__user__email", "grade"])
def test_a_list_cannot_be_ordered_or_filtered_by_what_it_does_not_show(world, asked):
    """A sort order tells of a hidden field as its value would: it is refused, or nothing comes of it."""
    client, wrong = world.client("administrator"), []
    for name in LISTS:
        address = _address(world, name)
        answer = client.get(address, {asked: "email"})
        if answer.status_code != 400 and answer.content != client.get(address).content:
            wrong.append(name)
    assert wrong == []


def _address(world, name):
    row = next(row for row in ROWS if row["door"] == name and row["method"] == "GET")
    return world.address(name, row["about"]) if row["about"] else reverse(name)
