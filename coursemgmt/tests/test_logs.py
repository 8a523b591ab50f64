"""What the logs hold: one line for each record that nobody can forge, and nothing secret or private."""

import json
import logging
import re
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core import mail
from django.db import IntegrityError
from django.urls import reverse
from gunicorn.config import Config
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework.test import APIClient

from accounts import operations as accounts
from accounts.models import User
from accounts.tests.makers import ivan, make_user, rita
from coursemgmt import views
from coursemgmt.logs import AccessLogger, HideSecrets, JsonFormatter, LineFormatter, without_secrets
from students.models import GradeEntry
from students.tests.makers import make_class, make_grade_item
from students.tests.test_grade_pages import cell, typed

AN_ID = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
FORGED = "x\r\n2026-01-01 ERROR forged \x1b[31m\u2028\u202e"


def record(text, *args, **extra):
    made = logging.LogRecord("test", logging.INFO, "", 0, text, args, None)
    made.__dict__.update(extra)
    HideSecrets().filter(made)
    return made


@pytest.fixture
def logged():
    """Collect what the console would show, in both forms."""
    lines = []

    class Collect(logging.Handler):
        def emit(self, record):
            lines.extend(form.format(record) for form in (JsonFormatter(), LineFormatter()))

    handler = Collect(level=logging.DEBUG)
    handler.addFilter(HideSecrets())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)


@pytest.mark.row("R101")
@pytest.mark.parametrize("form", [JsonFormatter(), LineFormatter()])
def test_what_somebody_typed_makes_no_second_line(form):
    line = form.format(record("Not Found: %s", f"/{FORGED}"))
    assert line.isprintable()
    assert line.splitlines() == [line]


@pytest.mark.row("R101")
def test_the_line_for_programs_is_one_object():
    said = json.loads(JsonFormatter().format(record("Not Found: %s", "/x", status_code=404)))
    assert (said["level"], said["logger"], said["message"], said["status"]) == ("INFO", "test", "Not Found: /x", 404)


@pytest.mark.row("R101")
@pytest.mark.django_db
def test_a_forged_path_agent_or_name_stays_on_its_line(client, logged):
    client.get("/nowhere\r\nforged", headers={"User-Agent": FORGED})
    make_user(given_name=FORGED)
    assert logged
    assert all(line.isprintable() for line in logged)


def access_line(path, monkeypatch, kind="JSON", agent="Browser"):
    """Return what gunicorn would write about a request for `path`."""
    monkeypatch.setenv("LOG_FORMAT", kind)
    logger = AccessLogger(Config())
    lines = []
    handler = logging.Handler()
    handler.emit = lambda made: lines.append((JsonFormatter() if kind == "JSON" else LineFormatter()).format(made))
    handler.addFilter(HideSecrets())
    logger.access_log.handlers, logger._access_log_enabled = [handler], True
    environ = {
        "REQUEST_METHOD": "GET", "RAW_URI": path, "SERVER_PROTOCOL": "HTTP/1.1", "PATH_INFO": path.partition("?")[0],
        "QUERY_STRING": path.partition("?")[2], "REMOTE_ADDR": "192.0.2.7", "HTTP_USER_AGENT": agent,
        "HTTP_REFERER": f"https://courses.example.edu{path}",
    }  # fmt: skip
    answer = SimpleNamespace(status="200 OK", sent=5, headers=[], response_length=5)
    logger.access(answer, SimpleNamespace(headers=[]), environ, timedelta(milliseconds=12))
    (line,) = lines
    return line


@pytest.mark.row("R101")
@pytest.mark.parametrize("kind", ["JSON", "LINE"])
def test_the_access_log_keeps_to_one_line_without_query_and_referrer(monkeypatch, kind):
    line = access_line("/students/?q=alice%0d%0aforged", monkeypatch, kind, agent=FORGED)
    assert line.isprintable()
    assert "alice" not in line
    if kind == "JSON":
        said = json.loads(line)
        assert (said["message"], said["status"], said["milliseconds"]) == ("GET /students/?*** HTTP/1.1", 200, 12)


@pytest.mark.row("R99")
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/feeds/abc.ics", "/feeds/***"),
        ("/accounts/password/reset/key/1-set-password/", "/accounts/password/reset/key/***/"),
        ("/accounts/confirm-email/MQ:1abc:x/", "/accounts/confirm-email/***/"),
        (
            f"/classes/{AN_ID}/roster/",
            f"/classes/{AN_ID}/roster/",
        ),
        ("/other/aB3dE6gH9jK2mN5pQ8/", "/other/***/"),
        ("/students/?q=alice", "/students/?***"),
        ("No mail to alice@example.org", "No mail to ***"),
        ("Bearer eyJhbGci.eyJzdWIi.c2ln and cms_a-b_c", "Bearer *** and ***"),
        ("Is it there? Yes", "Is it there? Yes"),
    ],
)
def test_what_opens_a_door_or_names_a_person_is_not_written(text, kept):
    assert without_secrets(text) == kept


def test_the_console_of_the_site_writes_that_way():
    handler = settings.LOGGING["handlers"]["console"]
    assert handler["filters"] == ["secrets"]
    assert settings.LOGGING["formatters"][handler["formatter"]] == {"()": "coursemgmt.logs.formatter"}


@pytest.mark.row("R99")
def test_an_exception_is_written_without_what_it_says(monkeypatch):
    monkeypatch.setenv("DEBUG", "false")
    try:
        try:
            raise ValueError("canary-inner")
        except ValueError as exc:
            raise RuntimeError("canary-outer") from exc
    except RuntimeError:
        made = logging.LogRecord("test", logging.ERROR, "", 0, "Failed", (), sys.exc_info())
    for form in (JsonFormatter(), LineFormatter()):
        line = form.format(made)
        made.exc_text = None
        assert "canary" not in line
        assert "RuntimeError" in line
        assert "ValueError" in line
        assert "test_logs.py" in line


@pytest.mark.row("R99")
@pytest.mark.django_db
def test_an_error_of_the_database_is_written_with_its_constraint_and_without_the_row(monkeypatch):
    monkeypatch.setenv("DEBUG", "false")
    made_once = make_user("canary@example.org")
    try:
        User.objects.filter(pk=make_user().pk).update(email=made_once.email)
    except IntegrityError:
        made = logging.LogRecord("test", logging.ERROR, "", 0, "Failed", (), sys.exc_info())
    line = JsonFormatter().format(made)
    assert "canary" not in line
    assert {"accounts_user_email_unique"} <= {one.get("constraint") for one in json.loads(line)["exceptions"]}


# Each is typed, sent or made somewhere below; none may come to light in a log or in what a job is given.
PASSWORD, WRONG = "canary horse battery 71", "wrong canary battery 72"
SCORE, REASON, ADDRESS = "73.19", "canary reason 74", "canary75@example.org"


def boom(*args):
    raise RuntimeError(f"{PASSWORD} {ADDRESS} {SCORE}")


@pytest.mark.row("R99")
@pytest.mark.django_db
def test_canaries_through_every_flow_come_to_light_nowhere(client, logged, monkeypatch):
    monkeypatch.setenv("DEBUG", "false")
    client.raise_request_exception = False
    paths, secrets = [], [PASSWORD, WRONG, SCORE, REASON, ADDRESS]

    def ask(method, path, data=None, **more):
        paths.append(path)
        return getattr(client, method)(path, data, **more)

    person = make_user(ADDRESS, ["student"], PASSWORD)
    for password in (WRONG, PASSWORD):
        ask("post", reverse("account_login"), {"login": ADDRESS, "password": password})
    tokens = APIClient().post(reverse("api_token"), {"email": ADDRESS, "password": PASSWORD}, format="json").json()
    secrets += [tokens["access"], tokens["refresh"]]
    APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}").get("/api/v1/me/")
    APIClient(HTTP_AUTHORIZATION="Bearer cms_canary-token").get("/api/v1/me/")
    personal = accounts.mint_token(person, "Script", ["read:self"], days=7, by=person)
    feed = accounts.rotate_feed(person, by=person)
    secrets += [personal, feed]
    APIClient(HTTP_AUTHORIZATION=f"Bearer {personal}").get("/api/v1/me/")
    ask("get", f"/feeds/{feed}.ics")
    ask("get", f"/feeds/{feed}x.ics")
    client.logout()
    ask("post", reverse("account_reset_password"), {"email": ADDRESS})
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)[0]
    secrets.append(link.rstrip("/").rpartition("/")[2])
    ask("get", link)
    ask("get", link + "x")
    ask("get", f"/students/?q={ADDRESS}")
    _section, (enrollment,) = make_class()
    item = make_grade_item(enrollment.section)
    client.force_login(ivan())
    scores = reverse("students:grade_item_scores", args=[item.public_id])
    ask("post", scores, typed(ask("get", scores), **{cell(enrollment): SCORE, "reason": REASON}))
    assert str(GradeEntry.objects.get().score) == SCORE
    client.force_login(rita())
    ask("post", reverse("students:enrollment_drop", args=[enrollment.public_id]), {"reason": REASON})
    monkeypatch.setattr(views, "render", boom)
    answer = ask("post", f"{reverse('styleguide')}?token={personal}", {"password": PASSWORD})
    assert answer.status_code == 500
    assert ADDRESS not in answer.content.decode()
    lines = [*logged, *(access_line(path, monkeypatch) for path in paths)]
    jobs = list(ProcrastinateJob.objects.values_list("args", flat=True))
    assert any("RuntimeError" in line for line in logged)
    assert jobs
    written = "\n".join([*lines, *map(str, jobs)])
    assert [secret for secret in secrets if secret in written] == []
