"""Whatever text somebody writes is kept as it was written, or refused with a sentence.

Spaces and line ends around it are trimmed, and a page's form ends lines with one character; nothing else is changed.
"""

import json
import os
from pathlib import Path

import pytest
from django.db import transaction

from coursemgmt.tests.pages import forms_on

pytestmark = [pytest.mark.django_db, pytest.mark.row("R75")]

DATA = Path(__file__).parent / "data"
NAUGHTY = json.loads((DATA / "naughty_strings.json").read_text())
NAMES = (DATA / "names.txt").read_text().splitlines()
TEXTS = [*NAUGHTY, *NAMES]
# How many of the operations try each text; all of them with `script/fuzz`.
TURNS = int(os.environ.get("TEXT_TURNS", "3"))
DAYS = {"start_date": "2031-01-01", "end_date": "2031-01-02"}
# What is written by script: who, how, where and about what, the other fields, the texts; they come back by their names.
OPERATIONS = [
    ("student", "PATCH", "api_me", "", {}, ["given_name", "middle_name", "family_name", "preferred_name", "pronouns"]),
    ("registrar", "POST", "api_subject-list", "", {"code": "ODD"}, ["name"]),
    ("registrar", "PATCH", "api_course-detail", "course", {}, ["title", "description"]),
    ("registrar", "PATCH", "api_term-detail", "term", {}, ["name"]),
    ("registrar", "PATCH", "api_section-detail", "section", {}, ["description"]),
    ("registrar", "POST", "api_building-list", "", {"code": "ODD"}, ["name"]),
    ("registrar", "PATCH", "api_room-detail", "room", {}, ["name"]),
    ("registrar", "POST", "api_closure-list", "", DAYS, ["name"]),
    ("registrar", "POST", "api_meeting-cancel", "meeting", {}, ["reason"]),
    ("instructor", "PATCH", "api-appointment-type-detail", "type", {}, ["title", "description", "location"]),
    ("instructor", "POST", "api-availability-override-list", "", {"kind": "block", **DAYS}, ["note"]),
    ("instructor", "PATCH", "api_grade_item-detail", "draft_item", {}, ["title"]),
    ("student", "POST", "api-appointment-cancel", "appointment", {}, ["reason"]),
]  # fmt: skip
RETURNED_AS = {"reason": {"api-appointment-cancel": "cancel_reason"}}
PAGES = [
    ("student", "accounts:profile", "", ["given_name", "middle_name", "family_name", "preferred_name", "pronouns"]),
    ("registrar", "courses:subject_edit", "subject", ["name"]),
    ("registrar", "courses:course_edit", "course", ["title", "description"]),
    ("registrar", "courses:section_edit", "section", ["title", "description"]),
    ("registrar", "scheduling:building_edit", "building", ["name"]),
    ("registrar", "scheduling:room_edit", "room", ["name"]),
    ("instructor", "appointments:type_update", "type", ["title", "description", "location"]),
]  # fmt: skip


def share(place, of):
    """Return the texts that one of `of` doors tries."""
    return [text for number, text in enumerate(TEXTS) if (number + place) % of < TURNS]


@pytest.mark.parametrize("place", range(len(OPERATIONS)), ids=[row[2] for row in OPERATIONS])
def test_text_by_script_comes_back_as_it_was_sent_or_is_refused(world, place):
    actor, method, name, about, rest, names = OPERATIONS[place]
    address, client = world.address(name, about), world.client(actor)
    wrong, kept = [], 0
    for text in share(place, len(OPERATIONS)):
        with transaction.atomic():
            body = json.dumps({**rest, **dict.fromkeys(names, text)})
            answer = client.generic(method, address, body, content_type="application/json")
            transaction.set_rollback(True)
        said = answer.json()
        if answer.status_code in {200, 201}:
            kept += 1
            back = [said[RETURNED_AS.get(field, {}).get(name, field)] for field in names]
            if set(back) != {text.strip()}:
                wrong.append((text, back))
        elif answer.status_code != 400 or not (said.get("errors") or said["detail"]):
            wrong.append((text, answer.status_code, said))
    assert wrong == []
    assert kept > 20


@pytest.mark.parametrize(("actor", "name", "about", "names"), PAGES, ids=[row[1] for row in PAGES])
def test_text_in_a_form_is_shown_again_as_it_was_typed_or_is_refused(world, actor, name, about, names):
    address, client = world.address(name, about), world.client(actor)
    place = [row[1] for row in PAGES].index(name)
    wrong, kept = [], 0
    for text in share(place, 4 * len(PAGES)):
        with transaction.atomic():
            form = form_with(client.get(address), names)
            answer = client.post(address, form.values | dict.fromkeys(names, text))
            if answer.status_code == 302:
                kept += 1
                shown = form_with(client.get(address), names).values
                back = {shown[field].removeprefix("\n").replace("\r\n", "\n") for field in names}
                if back != {text.strip().replace("\r\n", "\n")}:
                    wrong.append((text, back))
            elif answer.status_code != 200 or b"invalid-feedback" not in answer.content:
                wrong.append((text, answer.status_code))
            transaction.set_rollback(True)
    assert wrong == []
    assert kept > 5


def form_with(answer, names):
    return next(form for form in forms_on(answer) if set(names) <= set(form.kinds))
