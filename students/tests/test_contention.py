"""A lock that does not come is an answer, not a crash: real connections, and one that holds on."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Barrier

import pytest
from django.db import connection, connections
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.api import tokens
from accounts.models import IdempotencyRecord
from core import locks
from students.models import Enrollment
from students.tests.makers import make_open_section, make_student

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CLIENTS = 20


@pytest.fixture(autouse=True)
def _shorter(monkeypatch):
    """All clients share this process and its processor: of the four seconds they are given two for that."""
    assert locks.TIMEOUT == "3s"
    monkeypatch.setattr(locks, "TIMEOUT", "2s")


@contextmanager
def held_elsewhere(statement, *values):
    """Run a statement in a transaction of another connection that ends with this block."""
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(statement, values)
        yield
        cursor.execute("ROLLBACK")


def ask(section, student, key):
    """Ask for a seat as a client would; return the answer and the seconds that its longest statement took."""
    client, longest = APIClient(raise_request_exception=False), [0.0]
    bearer = f"Bearer {tokens.issue(student.user)['access']}"
    client.credentials(HTTP_AUTHORIZATION=bearer, HTTP_IDEMPOTENCY_KEY=key)

    def watch(execute, *args):
        started = time.monotonic()
        try:
            return execute(*args)
        finally:
            longest[0] = max(longest[0], time.monotonic() - started)

    with connection.execute_wrapper(watch):
        answer = client.post(reverse("api_enrollment-list"), {"section": str(section.public_id)}, format="json")
    return answer, longest[0]


def all_at_once(section, crowd):
    barrier = Barrier(len(crowd))

    def one(n):
        try:
            connection.ensure_connection()
            barrier.wait(30)
            return ask(section, crowd[n], f"key-{n}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(crowd)) as pool:
        return list(pool.map(one, range(len(crowd))))


@pytest.mark.row("R18")
def test_while_a_section_is_locked_twenty_clients_are_told_to_come_back_and_then_get_their_seats():
    section, crowd = make_open_section(CLIENTS), [make_student() for _ in range(CLIENTS)]
    with held_elsewhere("SELECT 1 FROM courses_section WHERE id = %s FOR UPDATE", section.pk):
        answers = all_at_once(section, crowd)
    assert {(answer.status_code, answer["Retry-After"], answer.json()["code"]) for answer, _waited in answers} == {
        (503, "2", "busy")
    }
    assert max(waited for _answer, waited in answers) < 4
    assert not IdempotencyRecord.objects.exists()
    again = [ask(section, student, f"key-{n}")[0].status_code for n, student in enumerate(crowd)]
    assert again == [201] * CLIENTS
    assert Enrollment.objects.filter(section=section, status="registered").count() == CLIENTS


@pytest.mark.row("R18", "I05")
def test_a_repetition_whose_first_sending_hangs_is_told_to_come_back():
    section, student = make_open_section(), make_student()
    first = "INSERT INTO accounts_idempotencyrecord (user_id, key, digest, created_at) VALUES (%s, %s, '', now())"
    with held_elsewhere(first, student.user_id, "key"):
        answer, _waited = ask(section, student, "key")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert ask(section, student, "key")[0].status_code == 201
