"""Every door for everybody: `access_matrix.csv` says what each of them answers.

A row is a door (name and method), what it is asked about (a thing of `world`), and one column per actor: the status,
or `login` for a redirect to the sign-in page; `200|503` where both are right. The admin is told by model: its pages,
its searches, and its deeds, which are `offered` or not (`-`). A door without a row fails. To add the rows of new doors,
copy those of their neighbours, or run `ACCESS_MATRIX=print script/test -k every_door_has_a_row -s`, which prints what
they answer now (also for rows that name a door and a thing and lack an answer), and judge each cell before it goes in.
"""

import csv
import os
import re
from pathlib import Path

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch

from coursemgmt.tests.doors import Door, doors
from coursemgmt.tests.world import ACTORS

MATRIX = Path(__file__).parents[1] / "access_matrix.csv"
with MATRIX.open(newline="") as file:
    ROWS = list(csv.DictReader(file))


@pytest.mark.row("W05", "R62")
def test_every_door_has_a_row(world):
    listed = {Door(row["door"], row["method"]) for row in ROWS}
    missing = sorted(doors() - listed)
    if os.environ.get("ACCESS_MATRIX") == "print":
        empty = [
            (Door(row["door"], row["method"]), row["about"]) for row in ROWS if not all(row[actor] for actor in ACTORS)
        ]
        _print(world, [*((door, "") for door in missing), *empty])
    assert missing == []


@pytest.mark.row("W05", "R62")
def test_every_row_is_a_door():
    listed = {Door(row["door"], row["method"]) for row in ROWS}
    assert sorted(listed - doors()) == []


@pytest.mark.row("R62", "R70")
def test_the_world_has_one_of_each_model_of_the_admin(world):
    assert [model._meta.label for model in admin.site._registry if not model._default_manager.exists()] == []


@pytest.mark.row("R70")
def test_the_admin_offers_nobody_to_delete_many(rf, world):
    for actor in ("registrar", "administrator"):
        request = rf.get("/admin/")
        request.user = world.people[actor]
        offered = [
            str(pages) for pages in admin.site._registry.values() if "delete_selected" in pages.get_actions(request)
        ]
        assert offered == []


@pytest.mark.django_db
@pytest.mark.row("W05", "R62")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['method']} {row['door']} {row['about']}".strip())
def test_the_door_answers_each_as_the_matrix_says(world, row):
    answers = {actor: world.ask(actor, row["door"], row["method"], row["about"]) for actor in ACTORS}
    wrong = {actor: answer for actor, answer in answers.items() if answer not in row[actor].split("|")}
    assert wrong == {}, row


ABOUT = [
    (r"import(_|-)", "import_run"), (r"appointment_answer|appointment-(approve|decline)", "asked_appointment"),
    (r"appointment_restore|appointment-restore", "appointment"),
    (r"rollover(_|-)", "rollover"), (r"pre_enrollment(-|_drop)", "pre_enrollment"),
    (r"pre_enrollment_create|section_key|self_enrollment", "section"),
    (r"request_(detail|withdraw)|override_request", "request"), (r"approval_decide|t-(approve|decline)", "approval"),
    (r"hold_place", "profile"), (r"hold_|api_hold", "hold"), (r"window_create", "term"), (r"window", "window"),
    (r"restriction_remove|restriction-", "restriction"), (r"reservation_release|reservation-", "reservation"),
    (r"override_revoke", "permit"), (r"(restriction|reservation)_add|request_(create|approval)|ask", "section"),
    (r"section_override", "full_section"), (r"section_cross|cross-listing", "listed_section"),
    (r"s:section_(enroll|join)$", "free_section"), (r"section_|section-|pattern_create|item_create|class-", "section"),
    (r"scores", "item"), (r"roster|grade_(sheet|finals|csv)|final_grades|registration|request_seat", "section"),
    (r"course(-|_)", "course"), (r"term(-|_)", "term"), (r"subject(-|_)", "subject"), (r"grade_item", "item"),
    (r"enrollment|grade_detail", "enrollment"), (r"entry", "entry"), (r"student_|profile|student-", "profile"),
    (r"privacy:copy", "copy"), (r"privacy:(request|withdraw)|data_request", "erasure"), (r"invitation", "invitation"),
    (r"room", "room"), (r"building", "building"), (r"closure", "closure"),
    (r"pattern|clash", "pattern"),
    (r"meeting", "meeting"), (r"appointment-type|:types?_[acu]|slot_list|:book", "type"), (r"type_list", "host"),
    (r"api_override|permit", "permit"), (r"override", "hours_override"), (r"appointment", "appointment"),
    (r"program", "program"), (r"instructor_week|person_timetable", "host"), (r".", "person"),
]  # fmt: skip


def _print(world, wanted):
    for door, about in wanted:
        if not about and not door.name.startswith("admin/"):
            try:
                world.address(door.name, "")
            except NoReverseMatch:
                about = next(thing for pattern, thing in ABOUT if re.search(pattern, door.name))
        cells = [world.ask(actor, door.name, door.method, about) for actor in ACTORS]
        print(",".join([door.name, door.method, about, *cells]))  # noqa: T201
