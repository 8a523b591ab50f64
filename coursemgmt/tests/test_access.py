"""Every door for everybody: `access_matrix.csv` says what each of them answers.

A row is a door (name and method), what it is asked about (a thing of `world`), and one column per actor: the status,
or `login` for a redirect to the sign-in page; `200|503` where both are right. A door without a row fails. To add the
rows of new doors, copy those of their neighbours, or run `ACCESS_MATRIX=print script/test -k every_door_has_a_row -s`,
which prints what they answer now (also for rows that name a door and a thing and no answers yet), and judge each cell
before it goes in.
"""

import csv
import os
import re
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from coursemgmt.tests.doors import Door, doors
from coursemgmt.tests.world import ACTORS, make_people, make_things

MATRIX = Path(__file__).parents[1] / "access_matrix.csv"
with MATRIX.open(newline="") as file:
    ROWS = list(csv.DictReader(file))

# What stands in an address besides the id of a thing.
FIXED = {
    "account_confirm_email": {"key": "unknown"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "unknown"},
    "mfa_remove_webauthn": {"pk": 1},
    "mfa_edit_webauthn": {"pk": 1},
    "accounts:session_end": {"pk": 1},
    "accounts:invitation": {"public_id": "00000000-0000-0000-0000-000000000000", "key": "unknown"},
    "appointments:feed": {"token": "unknown"},
    "notifications:local_mail_detail": {"name": "unknown"},
    "notifications:local_mail_html": {"name": "unknown"},
    "admin:app_list": {"app_label": "students"},
    "admin:view_on_site": {"content_type_id": 1, "object_id": 1},
    "admin:None": {"url": "unknown"},
}
# Pages of the admin that stand outside of any model, by address.
UNNAMED = {"admin:None": "/admin/unknown/"}


class World:
    def __init__(self):
        people = make_people()
        self.things = make_things(people)
        self.sessions = {}
        for actor in ACTORS:
            client = Client()
            if people[actor]:
                client.force_login(people[actor])
            self.sessions[actor] = {name: morsel.value for name, morsel in client.cookies.items()}

    def address(self, name, about):
        if name.startswith("admin/"):
            return name
        if name in UNNAMED:
            return UNNAMED[name]
        if name in FIXED:
            return reverse(name, kwargs=FIXED[name])
        return reverse(name, kwargs={"public_id": self.things[about].public_id}) if about else reverse(name)

    def ask(self, actor, name, method, about):
        """Return what the actor is answered; whatever it changed is rolled back."""
        client = Client(raise_request_exception=False)
        client.cookies.load(self.sessions[actor])
        with transaction.atomic():
            if name.startswith("admin/"):
                page = "changelist" if method == "LIST" else "add"
                model = name.removeprefix("admin/").lower().replace(".", "_")
                answer = client.get(reverse(f"admin:{model}_{page}"))
            elif method == "GET":
                answer = client.get(self.address(name, about))
            else:
                kind = {"content_type": "application/json"} if "/api/" in self.address(name, about) else {}
                answer = getattr(client, method.lower())(self.address(name, about), {}, **kind)
            transaction.set_rollback(True)
        to = answer.get("Location", "")
        return "login" if answer.status_code == 302 and "/login/" in to else str(answer.status_code)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


@pytest.mark.row("W05", "R62")
def test_every_door_has_a_row(request):
    listed = {Door(row["door"], row["method"]) for row in ROWS}
    missing = sorted(doors() - listed)
    if os.environ.get("ACCESS_MATRIX") == "print":
        request.getfixturevalue("db")
        empty = [(Door(row["door"], row["method"]), row["about"]) for row in ROWS if not row["anonymous"]]
        _print(request.getfixturevalue("world"), [*((door, "") for door in missing), *empty])
    assert missing == []


@pytest.mark.row("W05", "R62")
def test_every_row_is_a_door():
    listed = {Door(row["door"], row["method"]) for row in ROWS}
    assert sorted(listed - doors()) == []


@pytest.mark.django_db
@pytest.mark.row("W05", "R62")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['method']} {row['door']} {row['about']}".strip())
def test_the_door_answers_each_as_the_matrix_says(world, row):
    answers = {actor: world.ask(actor, row["door"], row["method"], row["about"]) for actor in ACTORS}
    wrong = {actor: answer for actor, answer in answers.items() if answer not in row[actor].split("|")}
    assert wrong == {}, row


ABOUT = [
    (r"section_override", "full_section"), (r"section_cross|cross-listing", "listed_section"),
    (r"s:section_(enroll|join)$", "free_section"), (r"section_|section-|pattern_create|item_create|class-", "section"),
    (r"scores", "item"), (r"roster|grade_(sheet|finals|csv)|final_grades|registration|request_seat", "section"),
    (r"course(-|_)", "course"), (r"term(-|_)", "term"), (r"subject(-|_)", "subject"), (r"grade_item", "item"),
    (r"enrollment|grade_detail", "enrollment"), (r"entry", "entry"), (r"student_|profile|student-", "profile"),
    (r"invitation", "invitation"), (r"room", "room"), (r"building", "building"), (r"closure", "closure"), (r"pattern|clash", "pattern"),
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
