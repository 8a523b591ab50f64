"""Whatever a client sends, the API answers as its document says and never crashes: every phase, as each of four roles.

`script/fuzz` runs this; it is too long for every change.
"""

import csv
import os
import re
from pathlib import Path

import pytest
from django.urls import resolve

from coursemgmt.tests import fuzzing
from coursemgmt.tests.world import make_people, make_things

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Always the same 50, unless another number is given: then others each time.
EXAMPLES = int(os.environ.get("API_EXAMPLES", "50"))
CLOSED = {"401", "403", "404"}
ROLES = ["student", "instructor", "registrar", "administrator"]
MATRIX = Path(__file__).parents[1] / "access_matrix.csv"
SOME_ID = "00000000-0000-4000-8000-000000000000"
# The rows of the world, by the collection of the API that shows them.
COLLECTIONS = {
    "appointment-types": ["type"], "appointments": ["appointment"], "buildings": ["building"],
    "classes": ["section", "free_section"], "closures": ["closure"], "courses": ["course", "draft_course"],
    "enrollments": ["enrollment"], "grade-items": ["item", "draft_item"], "hours": ["hours_override"],
    "invitations": ["invitation"], "meetings": ["meeting"], "overrides": ["permit"], "patterns": ["pattern"],
    "people": ["host", "person"], "programs": ["program"], "rooms": ["room"], "section-assistants": ["helper"],
    "sections": ["section", "free_section", "full_section", "listed_section", "planned_section"],
    "students": ["profile"], "subjects": ["subject"], "terms": ["term"], "waitlist-entries": ["entry"],
}  # fmt: skip
# Why a request that the document allows may still be malformed: what no JSON Schema can say.
RULES = re.compile(
    "|".join(
        [
            # Ids of nothing, or of what the caller may not see; courses and zones by names that there are not.
            r"does not exist", r"There is no such", r"Name sections that you teach", r"Not in this section",
            r"is not a course of the catalogue", r"not one of the available choices", r"of the IANA list",
            # One field by another, or by the world.
            r"must end after", r"before the first", r"cannot be fewer than", r"after `from`", r"lasts at most a day",
            r"cannot end before", r"Another term of this kind covers", r"at most 400 days", r"named twice",
            r"Give weekdays, times and dates", r"Give a window that ends after", r"Give times as hours",
            r"Give either text or expression",
            r"Exempt work has no score", r"A requirement is a tree",
            # Characters that a code may hold, and texts that are all space.
            r"Use letters, digits, spaces and", r"may not be blank",
            # What only the API itself can have given.
            r"cursor is not one that the API gave",
        ]
    )
)  # fmt: skip


@pytest.mark.row("I01", "R74")
@pytest.mark.parametrize("role", ROLES)
def test_any_request_gets_a_documented_answer(settings, role):
    settings.API_REQUESTS_PER_MINUTE = 10**9
    people = make_people()
    things = make_things(people)
    rows = {name: [str(things[thing].public_id) for thing in held] for name, held in COLLECTIONS.items()}
    with fuzzing.one_connection():
        closed = _closed_to(role)
        fixed = "API_EXAMPLES" not in os.environ
        found = fuzzing.run(people[role], rows, rule=RULES, closed=closed, examples=EXAMPLES, fixed=fixed)
    assert found.failures == []
    warnings = {kind: sorted(set(labels) - closed) for kind, labels in found.warnings.items()}
    assert {kind: labels for kind, labels in warnings.items() if labels} == {}


def _closed_to(role):
    """Return the operations that the matrix opens to this role for no row of the world."""
    with MATRIX.open(newline="") as file:
        opened = {(row["door"], row["method"]) for row in csv.DictReader(file) if row[role][:3] not in CLOSED}
    labels = [operation.ok().label for operation in fuzzing.document().get_all_operations()]
    return {label for label in labels if (_name(label.split()[1]), label.split()[0]) not in opened}


def _name(path):
    return resolve(re.sub(r"{\w+}", SOME_ID, path)).view_name
