"""Another site can make nobody's browser do anything here, and looking changes nothing."""

import os

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client

from coursemgmt.tests.pages import ROWS
from coursemgmt.tests.world import TOKEN

pytestmark = [pytest.mark.django_db, pytest.mark.row("R89")]

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
ACTORS = ["student", "instructor", "registrar", "administrator"]
# They read no cookie and so no session: who calls them from elsewhere acts for nobody.
WITHOUT_SESSION = {"api_token", "api_refresh", "api_revoke"}
# What looking may write: who looked at whose record, when a session, a device or a token was last seen, counts.
NOTES = [
    "accounts_recordaccess", "django_session", "usersessions_usersession", "accounts_personaltoken",
    "accounts_tokenfamily", "cache",
]  # fmt: skip


def unsafe_doors():
    """Return each unsafe door once, with somebody to whom it is open."""
    found = {}
    for row in ROWS:
        inside = [actor for actor in ACTORS if row[actor] not in {"403", "404", "login", "-", "401"}]
        if row["method"] in UNSAFE and inside and row["door"] not in WITHOUT_SESSION:
            found.setdefault((row["door"], row["method"]), (row["about"], inside[0]))
    return [(name, method, about, actor) for (name, method), (about, actor) in sorted(found.items())]


def statuses(world, method, address, actor, **given):
    """Return what a browser that holds the actor's cookies is answered."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies.load(world.sessions[actor])
    client.cookies[settings.CSRF_COOKIE_NAME] = given.pop("token", "")
    given.setdefault("content_type", "application/json" if "/api/" in address else "application/x-www-form-urlencoded")
    with transaction.atomic():
        answer = client.generic(method, address, "{}" if "json" in given["content_type"] else "", **given)
        transaction.set_rollback(True)
    return answer.status_code


def test_no_unsafe_request_from_elsewhere_is_heard(world):
    token = _get_new_csrf_string()
    forms = "application/x-www-form-urlencoded"
    wrong = {}
    for name, method, about, actor in unsafe_doors():
        address = world.address(name, about)
        ways = {
            "no token": {},
            "another site": {"token": token, "headers": {"X-CSRFToken": token, "Origin": "https://elsewhere.example"}},
            "no origin": {"token": token, "headers": {"X-CSRFToken": token, "Origin": "null"}},
            "as text": {"content_type": "text/plain"},
            "a method in a header": {"content_type": forms, "headers": {"X-HTTP-Method-Override": "DELETE"}},
        }
        answers = {way: statuses(world, method, address, actor, **given) for way, given in ways.items()}
        # The same request from the site itself gets past: the answers above are about where it came from.
        heard = {"token": token, "headers": {"X-CSRFToken": token, "Origin": "http://testserver"}}
        answers["from here"] = 403 if statuses(world, method, address, actor, **heard) != 403 else 0
        if set(answers.values()) != {403}:
            wrong[name, method, actor] = answers
    assert wrong == {}
    assert len(unsafe_doors()) > 100


@pytest.mark.parametrize("name", sorted(WITHOUT_SESSION))
def test_doors_of_tokens_know_no_session(world, name):
    address = world.address(name)
    alone = Client().post(address, {}, content_type="application/json")
    with_cookies = world.client("registrar").post(address, {}, content_type="application/json")
    assert (alone.status_code, alone.json()) == (with_cookies.status_code, with_cookies.json())


@pytest.fixture
def reader(world):
    """Be somebody to the database who reads everything and writes the notes alone."""
    name = f"reader_{os.getpid()}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {name}")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}")
        cursor.execute(f"GRANT INSERT, UPDATE, DELETE ON {', '.join(NOTES)} TO {name}")
        cursor.execute(f"SET LOCAL ROLE {name}")
        yield name
        cursor.execute("RESET ROLE")
        transaction.set_rollback(True)


def looks():
    """Return each door that is looked at, with all who may."""
    for row in ROWS:
        of_admin = "/" in row["door"] and not row["method"].startswith("ACTION")
        if row["method"] == "GET" or of_admin:
            for actor in ("anonymous", *ACTORS, TOKEN):
                if row[actor].split("|")[0] in {"200", "302"}:
                    yield row, actor


def test_looking_writes_nothing_but_notes(world, reader):
    crashes = []
    for row, actor in looks():
        methods = ["GET", "HEAD", "OPTIONS"] if row["method"] == "GET" else [row["method"]]
        for method in methods:
            answer = world.answer(actor, row["door"], method, row["about"])
            if answer.status_code >= 500 and str(answer.status_code) not in row[actor]:
                crashes.append((row["door"], method, actor, answer.status_code))
    assert crashes == []


def test_the_reader_cannot_write(world, reader):
    # The control: for a reader who could write, the test above would hold whatever pages did.
    subject = {"code": "NEW", "name": "New"}
    with transaction.atomic():
        answer = world.client("registrar").post("/api/v1/subjects/", subject, content_type="application/json")
        transaction.set_rollback(True)
    assert answer.status_code == 500
