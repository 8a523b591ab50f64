"""What somebody may not see is answered as what does not exist: nobody learns that it is there."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coursemgmt.tests.pages import ROWS
from coursemgmt.tests.world import ACTORS

pytestmark = [pytest.mark.django_db, pytest.mark.row("R73")]

# That these are there is no secret: the ids of instructors stand in the catalogue.
KNOWN = {"api_person_timetable"}
# What differs between any two answers: the address that was asked, and what keeps forms from other sites out.
DIFFERENT = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=value=\")[\w-]{64}|(?<=nonce=\")[^\"]+")


def hidden():
    """Return the doors that say of a thing that exists that it does not, with whom they say it to."""
    for row in ROWS:
        if row["about"] and "/" not in row["door"]:
            for actor in ACTORS:
                if row[actor] == "404":
                    yield row, actor


def told(world, row, actor, id=None):
    """Return all that a stranger could compare: the status, the body, and how much was asked of the database."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = world.answer(actor, row["door"], row["method"], row["about"], id)
    return answer.status_code, DIFFERENT.sub(b"", answer.content), len(queries)


def test_hidden_and_missing_are_answered_alike(world):
    different, asked = [], 0
    for row, actor in hidden():
        asked += 1
        # Once a minute a session notes that it was seen, which may fall on one of the two: then they are asked again.
        for _ in range(2):
            there = told(world, row, actor)
            missing = told(world, row, actor, uuid.uuid4())
            same_work = there[2] == missing[2] or row["door"] in KNOWN
            if there[:2] == missing[:2] and same_work:
                break
        else:
            different.append((row["door"], row["method"], row["about"], actor, there[::2], missing[::2]))
    assert different == []
    assert asked > 300
