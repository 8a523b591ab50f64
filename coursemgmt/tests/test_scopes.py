"""Every operation of the API for every scope: only the scopes that the table names open it."""

import json

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import resolve

from accounts.api import tokens
from accounts.models import TokenFamily
from coursemgmt.scopes import ANYBODY, LABELS, OPERATIONS, OWN, OWNER, scopes_of
from coursemgmt.tests.doors import doors
from coursemgmt.tests.test_access import ROWS
from coursemgmt.tests.test_access_policy import REFUSED
from coursemgmt.tests.world import TOKEN, make_people, make_things

PUBLIC = {"api_token", "api_refresh", "api_revoke"}


def listed():
    return {f"{door.name} {door.method}" for door in doors() if door.name.startswith(("api_", "api-"))}


@pytest.mark.row("R72", "I02")
def test_every_operation_says_which_scopes_open_it():
    asked = {entry for entry in listed() if entry.split()[0] not in PUBLIC}
    assert asked == set(OPERATIONS)
    assert {scope for scopes in OPERATIONS.values() for scope in scopes} <= {*LABELS, *ANYBODY}


@pytest.mark.row("R72")
def test_every_row_of_a_list_that_opens_for_oneself_says_whose_it_is_or_is_ones_own():
    mixed = {
        entry.split()[0].rpartition("-")[0] + "-"
        for entry, scopes in OPERATIONS.items()
        if entry.endswith("-list GET") and scopes & OWN and scopes - OWN
    }
    # An appointment is seen by its parties alone, whatever the scope; the permissions of staff are taken away.
    assert mixed - {"api-appointment-"} == set(OWNER)


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.row("R72", "I02")
def test_only_the_scopes_of_the_table_open_an_operation():
    cache.clear()
    people = make_people()
    things = make_things(people)
    document = json.loads(Client().get("/api/v1/schema/").content)
    wrong, asked = [], 0
    for person in (people["student"], people["instructor"], people["advisor"], people["registrar"]):
        for scope in sorted(scopes_of(person)):
            bearer = {"authorization": f"Bearer {tokens.issue(person, [scope])['access']}"}
            for path, methods in document["paths"].items():
                address = path
                for name in ("public_id", "section_id", "item_id"):
                    address = address.replace(f"{{{name}}}", str(things["section"].public_id))
                match = resolve(address)
                for method in methods:
                    if match.url_name in PUBLIC:
                        continue
                    asked += 1
                    opens = OPERATIONS[f"{match.url_name} {method.upper()}"] & {scope, *ANYBODY}
                    with transaction.atomic():
                        answer = Client(headers=bearer, raise_request_exception=False).generic(
                            method.upper(), address, "{}", content_type="application/json"
                        )
                        transaction.set_rollback(True)
                    refused = answer.status_code == 403 and answer.json()["code"] == "scope_missing"
                    if refused == bool(opens) or answer.status_code >= 500:
                        wrong.append((scope, method, path, answer.status_code))
            TokenFamily.objects.update(minute=0)
    assert wrong == []
    assert asked > 1000


@pytest.mark.django_db
@pytest.mark.row("R72")
def test_a_teachers_token_for_oneself_shows_no_student():
    people = make_people()
    make_things(people)
    teacher = people["instructor"]

    def seen(*scopes):
        bearer = {"authorization": f"Bearer {tokens.issue(teacher, scopes)['access']}"}
        return Client(headers=bearer).get("/api/v1/enrollments/").json()["results"]

    assert seen("read:self") == []
    taught = {str(key) for key in teacher.sections_taught.values_list("public_id", flat=True)}
    assert {row["section"]["id"] for row in seen("read:section")} & taught
    assert {row["section"]["id"] for row in seen("read:section")} <= taught
    assert seen("read:self", "grade:read") == []


@pytest.mark.row("R72")
def test_a_token_of_the_office_for_oneself_does_nothing_of_the_office():
    """By the matrix, whose last column is a token of the registrar's that may read what is her own."""
    rows = [row for row in ROWS if row["door"].startswith(("api_", "api-")) and row["door"] not in PUBLIC]
    assert [row for row in rows if row["method"] != "GET" and row[TOKEN] not in REFUSED] == []
    offices = [row for row in rows if row["registrar"] not in REFUSED and row["other_student"] in REFUSED]
    assert [row for row in offices if row[TOKEN] not in REFUSED] == []
    assert len(offices) > 50
