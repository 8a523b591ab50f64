"""The pages of those who book and of those who host, under careless and nasty hands."""

import re
import uuid
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tests.makers import alice, ivan, make_user, rita
from appointments import operations
from appointments.models import Appointment, AvailabilitySchedule
from appointments.tests.makers import at, future_day, make_type
from courses.models import Term
from notifications.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def student(client):
    client.force_login(alice())
    return client


def book_page(type):
    return reverse("appointments:book", args=[type.public_id])


@pytest.mark.row("R04", "W09", "X06")
def test_a_form_sent_twice_books_once_and_leads_to_the_same_appointment(student):
    type = make_type(ivan(), max_open_per_student=1)
    page = student.get(book_page(type), {"starts_at": at(9).isoformat()})
    key = re.search(r'name="key" value="([^"]+)"', page.text)[1]
    data = {"starts_at": at(9).isoformat(), "topic": "Graphs", "key": key}
    first, second = student.post(book_page(type), data), student.post(book_page(type), data)
    assert (first.status_code, first.url) == (second.status_code, second.url) == (302, first.url)
    assert Appointment.objects.count() == 1
    assert OutboxMessage.objects.filter(kind="appointment_booked").count() == 2


@pytest.mark.row("R04")
def test_a_refused_form_keeps_its_key_for_the_corrected_one(student):
    type, other, key = make_type(ivan()), make_user(roles=["student"]), str(uuid.uuid4())
    operations.book(type, other, at(9), by=other)
    assert student.post(book_page(type), {"starts_at": at(9).isoformat(), "key": key}).status_code == 200
    assert student.post(book_page(type), {"starts_at": at(10).isoformat(), "key": key}).status_code == 302


@pytest.mark.row("R04")
def test_the_key_of_another_person_opens_nothing(client, student):
    type, other, key = make_type(ivan()), make_user(roles=["student"]), str(uuid.uuid4())
    student.post(book_page(type), {"starts_at": at(9).isoformat(), "key": key})
    client.force_login(other)
    client.post(book_page(type), {"starts_at": at(10).isoformat(), "key": key})
    assert set(Appointment.objects.values_list("student__email", flat=True)) == {"alice@example.org", other.email}


@pytest.mark.parametrize(
    "data",
    [{}, {"starts_at": ""}, {"starts_at": "tomorrow"}, {"starts_at": "2031-02-30T10:00+00:00"}, {"starts_at": "2031"},
     {"starts_at": "9999-12-31T23:59+00:00"}, {"starts_at": "2031-01-01T10:00"}, {"key": "no-uuid"}],
)  # fmt: skip
def test_a_malformed_choice_is_the_form_again_with_words(student, data):
    page = student.post(book_page(make_type(ivan())), {"topic": "Kept text"} | data)
    assert page.status_code == 200
    assert "Kept text" in page.text
    assert "Choose one of the times." in page.text
    assert not Appointment.objects.exists()


def test_the_chosen_time_and_what_was_typed_stay_on_a_refused_form(student):
    type, other = make_type(ivan()), make_user(roles=["student"])
    operations.book(type, other, at(9), by=other)
    page = student.post(book_page(type), {"starts_at": at(9).isoformat(), "topic": "Typed text"})
    assert "Typed text" in page.text
    assert "09:00" in page.text
    assert "This time is taken" in page.text


@pytest.mark.row("P15", "P17")
def test_staff_move_with_a_reason_that_both_sides_read(client):
    type = make_type(ivan())
    booked = operations.book(type, alice(), at(9), by=alice())
    client.force_login(rita())
    where = reverse("appointments:appointment_move", args=[booked.public_id])
    assert "Reason" in client.get(where).text
    page = client.post(where, {"starts_at": at(10).isoformat()})
    assert list(page.context["form"].errors) == ["reason"]
    assert client.post(where, {"starts_at": at(10).isoformat(), "reason": "Room closed"}).status_code == 302
    told = OutboxMessage.objects.filter(kind="appointment_moved").values_list("facts__reason", flat=True)
    assert list(told) == ["Room closed"] * 2


def test_a_refused_change_of_hours_changes_no_zone_either(client):
    host = ivan()
    client.force_login(host)
    schedule = AvailabilitySchedule.objects.create(host=host, zone="America/New_York")
    data = {"zone": "Europe/Berlin", "hours-TOTAL_FORMS": "2", "hours-INITIAL_FORMS": "0"}
    for row in range(2):
        times = {"weekday": "0", "start_time": "09:00", "end_time": "11:00"}
        data |= {f"hours-{row}-{name}": value for name, value in times.items()}
    page = client.post(reverse("appointments:office_hours"), data)
    assert page.status_code == 200
    assert "overlap" in page.text
    schedule.refresh_from_db()
    assert (schedule.zone, schedule.rules.count()) == ("America/New_York", 0)


@pytest.mark.row("R118")
def test_pages_ask_as_many_queries_for_one_as_for_many(client):
    host, student = ivan(), alice()
    day = future_day(0)
    Term.objects.create(code="T", name="T", start_date=day - timedelta(days=30), end_date=day + timedelta(days=60))
    type = make_type(host, seats=2, max_open_per_student=99, max_total_per_student=99)
    operations.book(type, student, at(8), by=student)
    booked = operations.book(make_type(host, schedule=type.schedule, seats=2), student, at(17), by=student)
    pages = {student: pages_of_a_student(type, booked), host: pages_of_a_host()}
    few = counts(client, pages)
    for number in range(1, 12):
        operations.book(type, student, at(8) + timedelta(minutes=30 * number), by=student)
        make_type(make_user(roles=["instructor"]))
    assert counts(client, pages) == few
    assert max(few.values()) <= 15, few


def pages_of_a_student(type, booked):
    week = f"?week={at(8).date()}"
    slots = reverse("appointments:slot_list", args=[type.public_id])
    chosen = "?" + urlencode({"starts_at": at(14).isoformat()})
    move = reverse("appointments:appointment_move", args=[booked.public_id])
    named = [reverse(f"appointments:{name}") for name in ("mine", "host_list")]
    return [*named, slots, book_page(type) + chosen, move, reverse("appointments:my_timetable") + week]


def pages_of_a_host():
    return [
        reverse("appointments:host_week") + f"?week={at(8).date()}",
        reverse("appointments:office_hours"),
        reverse("appointments:type_create"),
    ]


def counts(client, pages):
    found = {}
    for person, addresses in pages.items():
        client.force_login(person)
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            found[address] = len(seen)
    return found


@pytest.mark.row("R118")
def test_the_list_of_the_api_asks_as_many_queries_for_one_as_for_many(client):
    type, student = make_type(ivan()), alice()
    client.force_login(student)
    seen = []
    for number in (1, 6):
        for step in range(number):
            operations.book(type, student, at(8 + number) + timedelta(minutes=30 * step), by=student)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/api/v1/appointments/").status_code == 200
            assert client.get("/api/v1/appointment-types/").status_code == 200
        seen.append(len(queries))
    assert seen[0] == seen[1]


@pytest.mark.row("N03")
def test_a_reminder_that_comes_too_late_is_not_sent():
    from notifications.operations import deliver

    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    message = OutboxMessage.objects.filter(kind="appointment_reminder").first()
    past = timezone.now() - timedelta(hours=1)
    type(booked.session).objects.filter(pk=booked.session_id).update(
        starts_at=past, block_starts_at=past, ends_at=past + timedelta(minutes=30), block_ends_at=timezone.now()
    )
    OutboxMessage.objects.filter(pk=message.pk).update(not_before=past)
    assert deliver(message.pk) == "void"


@pytest.mark.row("X02", "R20", "W09")
def test_a_far_student_reads_the_own_time_and_that_of_the_host(client):
    student = make_user(roles=["student"], time_zone="Asia/Kolkata")
    client.force_login(student)
    type = make_type(ivan(), max_open_per_student=None)
    local = at(9).astimezone(student.zone)
    choice = f'value="{at(9).isoformat()}" required><span>{local:%H:%M}<small>09:00 for the host</small>'
    assert choice in client.get(reverse("appointments:slot_list", args=[type.public_id])).text
    page = client.get(book_page(type), {"starts_at": at(9).isoformat()}).text
    assert f"{local:%H:%M}" in page
    assert f"{at(9).astimezone(ivan().zone):%a} {future_day().day}" in page
    booked = operations.book(type, student, at(11), by=student)
    assert choice in client.get(reverse("appointments:appointment_move", args=[booked.public_id])).text


@pytest.mark.row("P10")
def test_a_group_time_says_how_many_seats_are_left(client):
    type, other = make_type(ivan(), seats=3), make_user(roles=["student"])
    operations.book(type, other, at(9), by=other)
    client.force_login(alice())
    page = client.get(reverse("appointments:slot_list", args=[type.public_id])).text
    assert "<span>09:00<small>2 seats left</small>" in page


@pytest.mark.row("P07")
def test_past_the_horizon_no_further_weeks_are_promised(client):
    type, full = make_type(ivan(), horizon_days=20), make_type(make_user(roles=["instructor"]), horizon_days=60)
    full.schedule.rules.all().delete()
    client.force_login(alice())
    page = client.get(reverse("appointments:slot_list", args=[type.public_id]))
    assert (page.context["next_page"], "Next four weeks" in page.text) == (None, False)
    empty = reverse("appointments:slot_list", args=[full.public_id])
    assert "Look at the next weeks." in client.get(empty).text
    last = client.get(empty, {"page": 2})
    assert f"Bookings are open until {future_day(60):%d}".replace("until 0", "until ") in last.text
    assert client.get(empty, {"page": "x"}).context["page"] == 0


def test_a_host_stops_offering_and_offers_again(client):
    type = make_type(ivan())
    client.force_login(ivan())
    form = reverse("appointments:type_update", args=[type.public_id])
    for name, state, button in (("archive", "archived", "Offer it again"), ("offer", "active", "Stop offering it")):
        client.post(reverse(f"appointments:type_{name}", args=[type.public_id]))
        type.refresh_from_db()
        assert type.status == state
        assert button in client.get(form).text
    client.force_login(make_user(roles=["instructor"]))
    assert client.post(reverse("appointments:type_offer", args=[type.public_id])).status_code == 404
