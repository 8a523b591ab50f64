import random
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.roles import grant_roles
from accounts.tests.makers import ivan, make_user
from appointments import operations
from appointments.models import Appointment, AppointmentType
from appointments.tests.makers import at, make_schedule, make_type
from core import locks
from core.errors import DomainError
from notifications.models import OutboxMessage
from scheduling.models import Claim


@pytest.fixture(autouse=True)
def _roles(transactional_db):
    # A flush empties the groups; they are granted again as after every migrate.
    grant_roles()


def together(deeds):
    """Run the deeds at once and return the codes of what came of each."""
    barrier, codes = threading.Barrier(len(deeds)), []

    def run(deed):
        barrier.wait()
        try:
            deed()
            codes.append("ok")
        except DomainError as exc:
            codes.append(exc.code)
        except Exception as exc:
            codes.append(repr(exc))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def students_of(number):
    return [make_user(roles=["student"]) for _ in range(number)]


def booking(type, student, when):
    # Each thread reads its own rows, as each request does.
    return lambda: operations.book(
        AppointmentType.objects.get(pk=type), User.objects.get(pk=student.pk), when, by=User.objects.get(pk=student.pk)
    )


def overlapping_pairs():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM scheduling_claim a JOIN scheduling_claim b ON a.id < b.id"
            " AND a.person_id = b.person_id AND a.during && b.during WHERE a.active AND b.active AND a.hard AND b.hard"
        )
        return cursor.fetchone()[0]


@pytest.mark.row("R12", "P22")
@pytest.mark.parametrize("attempt", range(3))
def test_of_many_overlapping_times_of_one_host_exactly_one_is_booked(attempt):
    host = ivan()
    schedule = make_schedule(host)
    types = [
        make_type(host, schedule=schedule, duration_minutes=minutes, interval_minutes=5).pk for minutes in (30, 45, 60)
    ]
    draw = random.Random(attempt)
    deeds = [
        booking(draw.choice(types), student, at(9) + timedelta(minutes=5 * draw.randrange(5)))
        for student in students_of(30)
    ]
    codes = together(deeds)
    assert sorted(codes) == ["ok"] + ["slot_taken"] * 29
    assert Appointment.objects.count() == 1
    assert Claim.objects.filter(active=True).count() == 2


@pytest.mark.row("P10", "P22")
def test_the_last_seats_of_a_group_go_to_exactly_as_many():
    type = make_type(ivan(), seats=4)
    codes = together([booking(type.pk, student, at(9)) for student in students_of(20)])
    assert sorted(codes) == ["ok"] * 4 + ["session_full"] * 16


@pytest.mark.row("R02", "P22")
def test_without_locks_the_group_is_oversold(settings):
    type = make_type(ivan(), seats=2)
    first, *students = students_of(9)
    operations.book(type, first, at(9), by=first)
    settings.LOCKS_OFF = True
    # Slow writes: everybody has looked before the first one is there.
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END'"
        )
        cursor.execute(
            "CREATE TRIGGER slow BEFORE INSERT ON scheduling_claim FOR EACH ROW EXECUTE FUNCTION slow_down()"
        )
    try:
        codes = together([booking(type.pk, student, at(9)) for student in students])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER slow ON scheduling_claim")
            cursor.execute("DROP FUNCTION slow_down()")
    assert codes.count("ok") > 1


@pytest.mark.row("R14", "P14")
def test_of_many_moves_to_one_time_exactly_one_moves():
    type = make_type(ivan(), notice_minutes=0)
    students = students_of(12)
    booked = [
        operations.book(type, student, at(8) + timedelta(minutes=30 * n), by=student)
        for n, student in enumerate(students)
    ]
    uids = {item.pk: item.ical_uid for item in booked}

    def moving(item):
        return lambda: operations.move(
            Appointment.objects.get(pk=item.pk), at(16), by=User.objects.get(pk=item.student_id)
        )

    codes = together([moving(item) for item in booked])
    assert sorted(codes) == ["ok"] + ["slot_taken"] * 11
    after = list(Appointment.objects.filter(status="confirmed"))
    assert {item.pk: item.ical_uid for item in after} == uids
    assert sorted(item.ical_sequence for item in after) == [0] * 11 + [1]


@pytest.mark.row("R13")
def test_pairs_in_any_order_neither_deadlock_nor_overlap():
    hosts = [make_user(roles=["instructor", "student"]) for _ in range(4)]
    types = [make_type(host, interval_minutes=15).pk for host in hosts]
    draw = random.Random(7)

    def deed():
        index = draw.randrange(4)
        student = draw.choice([host for n, host in enumerate(hosts) if n != index])
        return booking(types[index], student, at(9) + timedelta(minutes=15 * draw.randrange(8)))

    for _round in range(3):
        codes = together([deed() for _ in range(16)])
        assert set(codes) <= {"ok", "slot_taken", "student_busy", "already_booked", "session_full"}
    assert overlapping_pairs() == 0


@pytest.mark.row("R04", "I05", "W09")
@pytest.mark.parametrize("door", ["page", "api"])
def test_of_many_sendings_of_one_form_or_key_one_books_and_all_are_answered_alike(door):
    type, student = make_type(ivan(), max_open_per_student=1), make_user(roles=["student"])
    answers = []

    def by_page():
        client = Client()
        client.force_login(User.objects.get(pk=student.pk))
        data = {"starts_at": at(9).isoformat(), "key": "6f1e6a9e-6d0a-4f0e-9a55-0d3f6f3f9b10"}
        answer = client.post(reverse("appointments:book", args=[type.public_id]), data)
        answers.append((answer.status_code, answer.url))

    def by_api():
        client = APIClient()
        client.force_authenticate(User.objects.get(pk=student.pk))
        data = {"type": str(type.public_id), "starts_at": at(9).isoformat()}
        answer = client.post("/api/v1/appointments/", data, format="json", headers={"Idempotency-Key": "one"})
        answers.append((answer.status_code, answer.content))

    together([by_page if door == "page" else by_api] * 16)
    assert len(answers) == 16
    assert len(set(answers)) == 1
    assert answers[0][0] == (302 if door == "page" else 201)
    assert Appointment.objects.count() == 1
    assert OutboxMessage.objects.filter(kind="appointment_booked").count() == 2


@pytest.mark.row("R04")
def test_without_a_key_one_of_many_sendings_books_and_the_others_are_told():
    type, student = make_type(ivan()), make_user(roles=["student"])
    codes = together([booking(type.pk, student, at(9))] * 16)
    assert sorted(codes) == ["already_booked"] * 15 + ["ok"]


@pytest.mark.slow
@pytest.mark.row("R15")
@pytest.mark.django_db(transaction=True)
def test_two_requests_for_overlapping_times_approved_at_once_are_one_appointment(monkeypatch):
    """The first has run out when the second is made; whoever approves both at once gets one, once."""
    host, (first, second) = ivan(), students_of(2)
    type = make_type(host, needs_confirmation=True)
    old = booking(type.pk, first, at(9))()
    past = timezone.now() - timedelta(seconds=1)
    Appointment.objects.filter(pk=old.pk).update(hold_expires_at=past)
    Claim.objects.filter(active=True).update(expires_at=past)
    new = booking(type.pk, second, at(9))()

    def approving(key):
        return lambda: operations.approve(Appointment.objects.get(pk=key), by=User.objects.get(pk=host.pk))

    monkeypatch.setattr(locks, "TIMEOUT", "60s")
    codes = together([approving(key) for key in (old.pk, new.pk) for _ in range(10)])
    assert sorted(codes) == ["appointment_not_pending"] * 19 + ["ok"]
    states = dict(Appointment.objects.values_list("pk", "status"))
    assert states == {old.pk: "expired", new.pk: "confirmed"}
    assert Claim.objects.filter(person=host, active=True, hard=True).count() == 1
