"""Whatever goes wrong, the answer is a sentence and a number for the log: nothing of how the site is made."""

import re

import django
import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.tests.makers import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.row("R91")]

# Names of tables and columns, of files and libraries, versions, addresses of people, words of the database.
TELLING = re.compile(
    r"select |insert |relation|column \"|constraint|\bpg_|psycopg|postgres|traceback|exception|\bfile \"|\.py\b|/srv|"
    r"/home/|site-packages|gunicorn|python|errno|[\w.]+@example\.org|"
    + re.escape(django.get_version()),
    re.I,
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"
# A table that is gone is as real a fault as any: page, API and admin of whoever needs it.
FAULTS = [
    ("courses_term", "registrar", "/terms/"),
    ("courses_term", "student", "/api/v1/terms/"),
    ("courses_term", "registrar", "/admin/courses/term/"),
    ("courses_section", "student", "/classes/"),
    ("courses_section", "student", "/api/v1/classes/"),
    ("courses_section", "administrator", "/admin/courses/section/"),
    ("courses_course", "anonymous", "/courses/"),
    ("courses_subject", "registrar", "/api/v1/subjects/"),
    ("students_enrollment", "student", "/enrollments/"),
    ("students_enrollment", "student", "/api/v1/enrollments/"),
    ("students_enrollment", "registrar", "/admin/students/enrollment/"),
    ("students_studentprofile", "registrar", "/students/"),
    ("scheduling_room", "registrar", "/rooms/"),
    ("scheduling_room", "registrar", "/api/v1/rooms/"),
    ("scheduling_meeting", "student", "/timetable/"),
    ("appointments_appointment", "student", "/api/v1/appointments/"),
    ("accounts_user", "student", "/"),
    ("accounts_user", "registrar", "/api/v1/me/"),
    ("courses_term", "anonymous", "/classes/"),
    ("notifications_outboxmessage", "administrator", "/admin/notifications/outboxmessage/"),
]  # fmt: skip


def broken(world, table, actor, address):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO gone")
        answer = world.client(actor).get(address)
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize(("table", "actor", "address"), FAULTS)
def test_a_fault_is_a_sentence_and_a_number(world, caplog, table, actor, address):
    answer = broken(world, table, actor, address)
    said = answer.content.decode()
    assert answer.status_code == 500
    assert [found[0] for found in TELLING.finditer(said)] == []
    incident = re.search(r"\b[0-9a-f]{32}\b", said)
    assert incident
    assert f"Incident {incident[0]}" in [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("status", "method", "address", "given"),
    [
        (400, "get", "/terms/", {"headers": {"Host": "elsewhere.example"}}),
        (400, "get", "/classes/?q=%00", {}),
        (400, "post", "/api/v1/auth/token/", {"data": "{", "content_type": "application/json"}),
        (400, "post", "/accounts/login/", {"data": b"--x\r\n", "content_type": "multipart/form-data; boundary=\xff"}),
        (401, "get", "/api/v1/me/", {}),
        (401, "get", "/api/v1/me/", {"headers": {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}}),
        (403, "post", "/theme/", {}),
        (404, "get", "/nothing/", {}),
        (404, "get", "/api/v1/nothing/", {}),
        (405, "get", "/theme/", {}),
        (405, "get", "/api/v1/auth/token/", {}),
        (413, "post", "/accounts/login/", {"data": "a" * 3_000_000, "content_type": FORM}),
        (415, "post", "/api/v1/auth/token/", {"data": "<a/>", "content_type": "text/xml"}),
    ],
)
def test_a_refusal_is_a_sentence(status, method, address, given):
    client = Client(enforce_csrf_checks=status == 403, raise_request_exception=False)
    answer = getattr(client, method)(address, **given)
    assert answer.status_code == status
    assert [found[0] for found in TELLING.finditer(answer.content.decode())] == []


def test_a_lost_photo_is_not_found(world, settings, tmp_path):
    person = world.people["student"]
    person.photo.name = "gone.jpg"
    person.save(update_fields=["photo"])
    answer = world.client("student").get(f"/people/{person.public_id}/photo/")
    assert answer.status_code == 404
    assert TELLING.search(answer.content.decode()) is None


def test_wrong_guesses_are_told_alike(world):
    client = Client()
    answers = [
        client.post("/api/v1/auth/token/", {"email": email, "password": password}, content_type="application/json")
        for email, password in [("student@example.org", "wrong"), ("nobody@example.org", PASSWORD)]
    ]
    assert answers[0].json() == answers[1].json()
