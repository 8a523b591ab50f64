"""Many clients at one barrier over HTTP: what is scarce is given out as often as it is there, and no more."""

import json
import os
import random
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.conf import settings as site
from django.db import connection

from accounts.api import tokens
from accounts.roles import grant_roles
from accounts.tests.makers import ivan
from appointments.models import Appointment
from appointments.tests.makers import at, make_schedule, make_type
from bench import client as load
from notifications.models import OutboxMessage
from scheduling.models import Claim
from students.models import Enrollment, EnrollmentEvent, WaitlistEntry
from students.queries.seats import positions
from students.tests.makers import make_open_section, make_open_term, make_student

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
CLIENTS, SEATS, ROUNDS = 500, 50, 10


@pytest.fixture(autouse=True)
def _prepared(transactional_db, monkeypatch):
    grant_roles()
    # A client waits as long as the queue before it takes, also on a slow machine.
    monkeypatch.setattr(load, "PATIENCE", 300.0)


def environment():
    given = connection.settings_dict
    host = given["HOST"] or given.get("OPTIONS", {}).get("host", "")
    return os.environ | {
        "DEBUG": "false",
        "DATABASE_URL": f"postgresql://{given['USER']}:{given['PASSWORD']}@/{given['NAME']}?host={host}",
        "SECRET_KEY": site.SECRET_KEY,
        "JWT_SIGNING_KEY": site.JWT_SIGNING_KEY,
        "SITE_URL": site.SITE_URL,
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "false",
        "LOG_LEVEL": "ERROR",
    }


@contextmanager
def server(*options):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "coursemgmt.tests.rush_server", str(port), *options]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL) as process:
        try:
            wait_for(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(60)


def wait_for(port, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    pytest.fail("The web server did not start.")


def post(path, user, body, **headers):
    sent = (("Authorization", f"Bearer {tokens.issue(user)['access']}"), *headers.items())
    return load.Ask(path, sent, json.dumps(body).encode())


def at_once(asks, port):
    """Send all requests at one barrier and return what came back; no answer is a crash."""
    # In a thread of its own: a browser test may have left an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        result = thread.submit(load.barrier, asks, port).result()
    assert not [status for status in result.statuses if status == 0 or status >= 500], result.unexpected
    return result


def request_seats(crowd, section, port):
    path = f"/api/v1/sections/{section.public_id}/request-seat/"
    return at_once([post(path, student.user, {}) for student in crowd], port)


@pytest.mark.row("R01", "R03", "E05", "E06", "E07", "E09")
def test_five_hundred_at_once_get_fifty_seats_and_a_line_without_gaps_ten_times_over():
    crowd = [make_student() for _ in range(CLIENTS)]
    with server() as port:
        for _ in range(ROUNDS):
            section = make_open_section(capacity=SEATS)
            result = request_seats(crowd, section, port)
            assert result.statuses == {201: CLIENTS}
            told = [json.loads(body) for body in result.bodies]
            seated = {answer["enrollment"]["id"] for answer in told if answer["enrollment"]}
            rows = Enrollment.objects.live().filter(section=section).values_list("public_id", flat=True)
            assert len(seated) == SEATS
            assert seated == {str(key) for key in rows}
            line = WaitlistEntry.objects.waiting().filter(section=section)
            places = sorted(positions(line).values())
            assert places == [(place, CLIENTS - SEATS) for place in range(1, CLIENTS - SEATS + 1)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert cursor.fetchone() == (0,)


@pytest.mark.row("R02")
def test_without_the_locks_the_same_rush_oversells():
    crowd = [make_student() for _ in range(60)]
    with server("--locks-off") as port:
        for _ in range(5):
            section = make_open_section(capacity=5)
            path = "/api/v1/enrollments/"
            at_once([post(path, student.user, {"section": str(section.public_id)}) for student in crowd], port)
            if Enrollment.objects.live().filter(section=section).count() > 5:
                return
    pytest.fail("The control did not oversell, so the test of the locks shows nothing.")


@pytest.mark.row("R04", "I05")
def test_a_hundred_equal_requests_with_one_key_are_one_enrollment_and_one_answer():
    student, section = make_student(), make_open_section(capacity=10)
    ask = post("/api/v1/enrollments/", student.user, {"section": str(section.public_id)}, **{"Idempotency-Key": "k-1"})
    with server() as port:
        result = at_once([ask] * 100, port)
    assert result.statuses == {201: 100}
    assert len(set(result.bodies)) == 1
    assert Enrollment.objects.count() == EnrollmentEvent.objects.count() == OutboxMessage.objects.count() == 1


@pytest.mark.row("R04")
def test_a_hundred_equal_requests_without_a_key_are_one_enrollment():
    student, section = make_student(), make_open_section(capacity=10)
    ask = post("/api/v1/enrollments/", student.user, {"section": str(section.public_id)})
    with server() as port:
        result = at_once([ask] * 100, port)
    assert result.statuses == {201: 1, 409: 99}
    assert {json.loads(body).get("code") for body in result.bodies} == {None, "already_enrolled"}
    assert Enrollment.objects.count() == EnrollmentEvent.objects.count() == OutboxMessage.objects.count() == 1


@pytest.mark.row("R12", "P22")
def test_fifty_clients_for_overlapping_times_of_one_host_make_one_appointment():
    make_open_term()
    host, chance = ivan(), random.Random(12)
    schedule = make_schedule(host)
    kinds = [make_type(host, schedule=schedule, duration_minutes=n, interval_minutes=15) for n in (30, 45, 60)]
    crowd = [make_student().user for _ in range(50)]
    with server() as port:
        for days in range(14, 17):
            asks = []
            for student in crowd:
                kind, start = chance.choice(kinds), at(10, chance.choice([0, 15]), days=days)
                body = {"type": str(kind.public_id), "starts_at": start.isoformat()}
                asks.append(post("/api/v1/appointments/", student, body))
            assert at_once(asks, port).statuses == {201: 1, 409: 49}
    assert Appointment.objects.count() == 3
    assert Claim.objects.filter(person=host, active=True, hard=True).count() == 3
