"""The matrix about other things than those it names: of another section, a classmate's, of a term that is over, none.

Who may do something to what is theirs may not do it to the same thing elsewhere. Asked are the doors whose answer
depends on how somebody stands to the thing, and the people for whom it does.
"""

import re
import uuid

import pytest

from coursemgmt.tests.test_access import ROWS
from coursemgmt.tests.test_access_policy import NEUTRAL, REFUSED, key
from coursemgmt.tests.world import MIRROR

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SWAP = MIRROR | {there: here for here, there in MIRROR.items()}
OF_A_STUDENT = {"profile", "person", "enrollment", "entry", "permit", "appointment"}
OF_A_TERM = {"section", "planned_section", "enrollment", "item", "draft_item", "pattern", "meeting"}
# Without a preview that was begun they send everybody to the page of the class, which answers for itself.
SENT_BACK = {"students:section_preview", "students:section_preview_grades"}
RELATED = [row for row in ROWS if row["about"] and len({row[actor] for actor in SWAP}) > 1]


def refused(cell):
    """Tell whether a cell refuses; None where it says nothing."""
    answers = set(cell.split("|")) - NEUTRAL
    return bool(answers & REFUSED) if answers else None


def differing(world, where, row, stands):
    """Return who is not answered about the thing there as those whom `stands` names are about the thing here."""
    thing, wrong = world.others[where][row["about"]], {}
    for actor, like in stands.items():
        meant = refused(row[like])
        answer = world.ask(actor, row["door"], row["method"], id=thing.public_id)
        if meant is not None and refused(answer) != meant:
            wrong[actor] = (answer, row[like])
    return wrong


def about(things):
    return [pytest.param(row, id=key(row)) for row in RELATED if row["about"] in things]


@pytest.mark.row("R62", "R66")
@pytest.mark.parametrize("row", about(OF_A_STUDENT | OF_A_TERM | {"type", "hours_override", "host"}))
def test_in_another_section_those_who_stand_there_alone_are_let_in(world, row):
    assert differing(world, "elsewhere", row, SWAP) == {}


@pytest.mark.row("R62")
@pytest.mark.parametrize("row", about(OF_A_STUDENT))
def test_what_is_a_classmates_is_not_ones_own(world, row):
    stands = {"student": "other_student", "advisor": "other_advisor", "other_instructor": "other_instructor"}
    assert differing(world, "classmate", row, stands) == {}


@pytest.mark.row("R62")
@pytest.mark.parametrize("row", about(OF_A_TERM))
def test_a_term_that_is_over_lets_nobody_else_in(world, row):
    strangers = [actor for actor in [*SWAP, "assistant"] if refused(row[actor])]
    assert differing(world, "over", row, {actor: actor for actor in strangers}) == {}


@pytest.mark.row("R62", "R73")
@pytest.mark.parametrize(
    "row", [pytest.param(row, id=key(row)) for row in ROWS if row["about"] and "/" not in row["door"]]
)
def test_what_does_not_exist_is_answered_as_what_is_hidden(world, row):
    nothing, wrong = uuid.uuid4(), {}
    for actor in ("student", "other_student", "instructor", "registrar"):
        answer = world.answer(actor, row["door"], row["method"], id=nothing)
        if answer.status_code not in ({302, 405} if row["door"] in SENT_BACK else {403, 404, 405}):
            wrong[actor] = answer.status_code
        if row[actor] == "404":
            hidden = world.answer(actor, row["door"], row["method"], row["about"])
            if plain(answer, nothing) != plain(hidden, world.things[row["about"]].public_id):
                wrong[actor] = "told from what is hidden"
    assert wrong == {}


def plain(answer, id):
    """Return what an answer says, without its id and what differs from one answer to the next."""
    text = answer.content.decode().replace(str(id), "")
    return answer.status_code, re.sub(
        r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|"request_id": "[^"]*"', "", text
    )
