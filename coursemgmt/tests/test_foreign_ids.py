"""An id in a body that is not one's own to use: refused, with nothing written, whoever owns the address.

Each body is good but for one id, which is put in its place: that of a thing elsewhere which the asker has no right to,
that of a hidden thing, and one that nothing has.
"""

import copy
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from coursemgmt.tests.bodies import BODIES, id_of
from coursemgmt.tests.test_access import ROWS
from coursemgmt.tests.written import BESIDE, touched

pytestmark = [pytest.mark.django_db, pytest.mark.row("R66")]
NOTHING = str(uuid.UUID(int=7))


def ask(client: Any, method: str, address: str, body: Any) -> tuple[int, dict[str, int]]:
    """Return the status and how many rows of which tables were written."""
    with transaction.atomic():
        before = touched()
        answer = getattr(client, method.lower())(address, body, content_type="application/json")
        after = touched()
        transaction.set_rollback(True)
    return answer.status_code, {
        table: n - before.get(table, 0)
        for table, n in after.items()
        if n > before.get(table, 0) and table not in BESIDE
    }


def with_other_ids(body: Any, other: str) -> Iterator[Any]:
    """Yield the body once for each id in it, with the other one in its place."""
    text = json.dumps(body)
    for id in sorted({part for part in text.split('"') if _is_id(part)}):
        yield json.loads(text.replace(id, other))


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


OF_BODIES = [row for row in ROWS if row["door"] in BODIES and row["method"] != "GET" and row["door"].startswith("api")]


@pytest.mark.parametrize("row", OF_BODIES, ids=lambda row: f"{row['method']} {row['door']}")
def test_an_id_that_nothing_has_is_refused_and_writes_nothing(world, row):
    body, wrong = BODIES[row["door"]](world.things), []
    for actor in ("student", "instructor", "registrar"):
        client = world.client(actor)
        for other in with_other_ids(body, NOTHING):
            status, written = ask(client, row["method"], world.address(row["door"], row["about"]), other)
            if status not in {400, 403, 404} or written:
                wrong.append((actor, other, status, written))
    assert wrong == []


def swapped(body: dict[str, Any], **ids: Any) -> dict[str, Any]:
    """Return the body with what belongs elsewhere in it."""
    return copy.deepcopy(body) | {name: id_of(thing) if thing is not None else None for name, thing in ids.items()}


def cases(world: Any) -> Iterator[tuple[str, str, str, str, Any]]:
    """Yield actor, method, door, about and a body with one foreign id in it."""
    mine, there, mate = world.things, world.others["elsewhere"], world.others["classmate"]
    mark = {"enrollment": id_of(there["enrollment"]), "score": "5"}
    # The own item with somebody of another section, and the own section with a piece of work that is not in it.
    yield "instructor", "PUT", "api_scores", "item", {"scores": [mark]}
    yield (
        "instructor",
        "PUT",
        "api_final_grades",
        "section",
        {"grades": [{"enrollment": id_of(there["enrollment"]), "grade": "A"}]},
    )
    yield "instructor", "POST", "api_final_grades_post", "section", {"enrollments": [id_of(there["enrollment"])]}
    yield "instructor", "POST", "api_grade_item-list", "", {"section": id_of(there["section"]), "title": "Theirs"}
    yield (
        "instructor",
        "POST",
        "api_grade_item-list",
        "",
        {"section": id_of(there["planned_section"]), "title": "Hidden"},
    )
    # A seat or a place in line for somebody else, and in what is not shown.
    for door in ("api_enrollment-list", "api_waitlist_entry-list"):
        yield "student", "POST", door, "", {"section": id_of(mine["free_section"]), "student": id_of(mate["profile"])}
        yield "instructor", "POST", door, "", {"section": id_of(mine["section"]), "student": id_of(mate["profile"])}
        yield "advisor", "POST", door, "", {"section": id_of(mine["free_section"]), "student": id_of(mine["profile"])}
        yield "student", "POST", door, "", {"section": id_of(mine["planned_section"])}
    yield "student", "POST", "api_request_seat", "free_section", {"student": id_of(mate["profile"])}
    # Office hours of another host, a student named by who does not host, sections that the host does not teach.
    yield "instructor", "PATCH", "api-appointment-type-detail", "type", {"sections": [id_of(there["section"])]}
    yield "instructor", "POST", "api-appointment-type-list", "", {
        "title": "Mine", "sections": [id_of(there["section"])],
    }  # fmt: skip
    book = BODIES["api-appointment-list"](mine)
    yield "student", "POST", "api-appointment-list", "", book | {"student": str(mate["person"].public_id)}
    yield "instructor", "POST", "api-appointment-list", "", book | {
        "type": id_of(there["type"]), "student": str(mine["person"].public_id),
    }  # fmt: skip
    # Overrides by who may not give them.
    yield "instructor", "POST", "api_override-list", "", {
        "student": id_of(mine["profile"]), "section": id_of(mine["section"]), "kind": "capacity", "reason": "Mine",
    }  # fmt: skip
    yield "registrar", "POST", "api_room-list", "", {"building": id_of(mine["room"]), "code": "9"}
    yield "registrar", "POST", "api_pattern-list", "", {"sections": [id_of(mine["course"])]}
    yield (
        "registrar",
        "POST",
        "api_pattern-list",
        "",
        {"sections": [id_of(mine["section"])], "room": id_of(mine["building"])},
    )
    yield (
        "registrar",
        "POST",
        "api_section-list",
        "",
        BODIES["api_section-list"](mine) | {"term": id_of(mine["course"])},
    )
    yield "registrar", "PUT", "api_section-instructors", "section", {"instructors": [{"id": id_of(mine["profile"])}]}
    yield "registrar", "POST", "api_section-cross-listing", "section", {"sections": [id_of(mine["course"])]}


def test_an_id_of_another_section_or_person_is_refused_and_writes_nothing(world):
    wrong, asked = [], 0
    for actor, method, door, about, body in cases(world):
        asked += 1
        status, written = ask(world.client(actor), method, world.address(door, about), body)
        if status not in {400, 403, 404} or written:
            wrong.append((actor, method, door, body, status, written))
    assert wrong == []
    assert asked > 20


@pytest.mark.parametrize("actor", ["student", "instructor", "advisor"])
def test_a_move_looks_at_what_is_moved_and_at_where_it_goes(world, actor):
    there = world.others["elsewhere"]
    body = BODIES["api-appointment-move"](world.things)
    address = world.address("api-appointment-move", id=there["appointment"].public_id)
    assert ask(world.client(actor), "POST", address, body) == (404, {})
    meeting = world.address("api_meeting-move", "meeting")
    assert ask(world.client(actor), "POST", meeting, BODIES["api_meeting-move"](world.things)) == (403, {})


@pytest.mark.parametrize("door", ["students:grade_item_scores", "students:grade_finals"])
def test_a_sheet_of_the_pages_takes_no_row_of_another_section(world, door):
    """The names of its fields hold ids: those of another section's rows are no fields of this form."""
    there = world.others["elsewhere"]["enrollment"]
    client = world.client("instructor")
    address = world.address(door, "item" if "scores" in door else "section")
    fields = {f"c-{there.public_id.hex}": "9", "seen": f'{{"c-{there.public_id.hex}": ""}}'}
    with transaction.atomic():
        before = touched()
        client.post(address, fields)
        written = {table: n for table, n in touched().items() if n > before.get(table, 0) and "grade" in table}
        transaction.set_rollback(True)
    assert written == {}
