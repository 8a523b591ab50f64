"""Whatever a client sends, the API answers as its document says and never crashes: every phase, as each of four roles.

`script/fuzz` runs this; it is too long for every change.
"""

import os
import re
from collections import defaultdict
from functools import cache

import pytest
from django.urls import resolve

from appointments.tests.makers import at
from coursemgmt.scopes import ANYBODY, OPERATIONS, scopes_of
from coursemgmt.tests import fuzzing
from coursemgmt.tests.askers import one_connection
from coursemgmt.tests.bodies import BODIES, id_of
from coursemgmt.tests.pages import ROWS
from coursemgmt.tests.world import make_people, make_things

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Always the same 50, unless another number is given: then others each time.
EXAMPLES = int(os.environ.get("API_EXAMPLES", "15"))
CLOSED = {"401", "403", "404"}
# The first is the one to whom most is open.
ROLES = ["administrator", "registrar", "instructor", "student"]
OF_API = [row for row in ROWS if f"{row['door']} {row['method']}" in OPERATIONS]
SOME_ID = "00000000-0000-4000-8000-000000000000"
# Requests that a deed comes of, where those of the matrix are empty on purpose; by operation, of the world's things.
SAMPLES = BODIES | {
    "api_enrollment-together": lambda t: {"student": id_of(t["profile"]), "sections": [id_of(t["free_section"])]},
    "api_override_request-list": lambda t: {
        "student": id_of(t["profile"]), "section": id_of(t["free_section"]), "kind": "capacity",
    },
    "api_import-list": lambda t: {
        "term": t["term"].code, "content": "student,section\nnobody,none\n", "reason": "New",
    },
    "api_import-undo": lambda t: {"reason": "Wrong file"},
    "api_registration_window-list": lambda t: {
        "term": t["term"].code, "name": "Seniors", "opens_at": at(8).isoformat(),
    },
    "api_restriction-list": lambda t: {"section": id_of(t["free_section"]), "level": "graduate"},
    "api_seat_reservation-list": lambda t: {"section": id_of(t["free_section"]), "seats": 1, "level": "graduate"},
    "api_registration": lambda t: {"student": id_of(t["profile"])},
    "api_plans": lambda t: {"course": [t["free_section"].course.code]},
    "api_assistant-list": lambda t: {"email": t["person"].email, "role": "grader"},
    "api_enrollment-swap": lambda t: {"section": id_of(t["free_section"]), "reason": "Asked for"},
    "api_enrollment-drop": lambda t: {"reason": "Asked for"},
    "api_enrollment-withdraw": lambda t: {"reason": "Asked for"},
}  # fmt: skip
QUERIES = {"api_registration", "api_plans", "api-appointment-type-slots"}
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
            r"blocks at least one thing", r"Name a course or a section", r"Name a level, a standing or a program",
            r"Name a student", r"closes after it opens", r"There is no course", r"is not a domain",
            r"Points must be more than 0", r"first and the last day, in this order",
            # Characters that a code may hold, and texts that are all space.
            r"Use letters, digits, spaces and", r"may not be blank",
            # What only the API itself can have given.
            r"cursor is not one that the API gave",
        ]
    )
)  # fmt: skip


@pytest.mark.row("I01", "R74")
def test_any_request_of_anybody_gets_a_documented_answer(settings):
    settings.API_REQUESTS_PER_MINUTE = 10**9
    people = make_people()
    things = make_things(people)
    askers = {role: people[role] for role in ROLES}
    with one_connection():
        closed = {role: _closed_to(role, person) for role, person in askers.items()}
        fixed = "API_EXAMPLES" not in os.environ
        world = fuzzing.Known(_rows(things), _samples(things), RULES)
        found = fuzzing.run(askers, world, closed=closed, examples=EXAMPLES, fixed=fixed)
    assert found.failures == []
    assert found.unreached == []
    warnings = {kind: sorted(set(labels) - closed[ROLES[0]]) for kind, labels in found.warnings.items()}
    assert {kind: labels for kind, labels in warnings.items() if labels} == {}


def _rows(things):
    """Return the ids of the world by the address that the matrix asks about them, and by that of their collection."""
    paths = {name: path for name, _, path in _doors() if "{" in path}
    rows = defaultdict(list)
    for row in OF_API:
        if row["about"] and row["door"] in paths:
            path = paths[row["door"]]
            for address in (path, path.partition("{")[0]):
                rows[address].append(str(things[row["about"]].public_id))
    return {address: list(dict.fromkeys(ids)) for address, ids in rows.items()}


def _samples(things):
    return {
        f"{method} {path}": SAMPLES[name](things) for name, method, path in _doors()
        if name in SAMPLES and (method != "GET" or name in QUERIES)
    }  # fmt: skip


def _closed_to(role, person):
    """Return the operations that the matrix opens to this role for no row of the world, or that no token opens."""
    scopes = scopes_of(person)
    opened = {
        (row["door"], row["method"]) for row in OF_API
        if row[role][:3] not in CLOSED and _is_open(OPERATIONS[f"{row['door']} {row['method']}"], scopes)
    }  # fmt: skip
    return {f"{method} {path}" for name, method, path in _doors() if (name, method) not in opened}


def _is_open(asked, scopes):
    return asked == ANYBODY or bool(asked & scopes)


@cache
def _doors():
    """Return the name, method and path of each operation."""
    labels = [operation.ok().label.split() for operation in fuzzing.document().get_all_operations()]
    return [(resolve(re.sub(r"{\w+}", SOME_ID, path)).view_name, method, path) for method, path in labels]
