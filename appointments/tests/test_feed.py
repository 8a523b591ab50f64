"""The calendar feed, read as calendar programs read it."""

import logging
from datetime import time, timedelta
from types import SimpleNamespace

import icalendar
import pytest
import recurring_ical_events
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from gunicorn.config import Config
from rest_framework.test import APIClient

from accounts.api import tokens
from accounts.models import PersonalToken
from accounts.operations import deactivate, hashed, rotate_feed
from accounts.tests.makers import adam, alice, ivan, make_user
from appointments import operations
from appointments.tests.makers import at, make_type
from coursemgmt.logs import AccessLogger, HideSecrets
from scheduling.models import Meeting
from students.models import Enrollment, GradeItem
from students.tests.makers import make_open_section, make_open_term, make_student, meet

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed(client):
    secret = rotate_feed(alice(), by=alice())
    address = reverse("appointments:feed", args=[secret])
    return lambda **headers: client.get(address, headers=headers)


def read(answer):
    """Return the events of a feed by their titles, after a round trip through the parser."""
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert icalendar.Calendar.from_ical(calendar.to_ical()) == calendar
    return {str(event["SUMMARY"]): event for event in calendar.walk("VEVENT")}


def take(section, person=None, status="registered"):
    return Enrollment.objects.create(
        student=make_student(user=person or alice()), section=section, status=status, credit_hours=3
    )


@pytest.mark.row("K04", "K07")
def test_it_holds_classes_appointments_and_deadlines_and_no_floating_time(feed):
    drop_by = timezone.now().replace(microsecond=0) + timedelta(days=5)
    section = make_open_section(term=make_open_term(name="Autumn", drop_deadline=drop_by))
    day = (timezone.now() + timedelta(days=3)).weekday()
    meet(section, days=1 << day, start=time(9), end=time(10))
    take(section)
    due = timezone.now().replace(microsecond=0) + timedelta(days=4)
    GradeItem.objects.create(section=section, title="Essay", due_at=due, posted_at=timezone.now())
    GradeItem.objects.create(section=section, title="Draft", due_at=due)
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    found = read(feed())
    code = section.course.code
    assert set(found) == {
        f"{code} Class",
        f"{code}: Essay due",
        "Office hour with Ivan Example",
        "Last moment to drop, Autumn",
    }
    assert found[f"{code}: Essay due"]["DTSTART"].dt == due
    assert found["Last moment to drop, Autumn"]["DTSTART"].dt == drop_by
    assert found["Office hour with Ivan Example"]["UID"] == str(booked.ical_uid)
    for event in found.values():
        assert event["DTSTART"].to_ical().endswith(b"Z")
        assert "TZID" not in event["DTSTART"].params
    meetings = list(Meeting.objects.filter(starts_at__gt=timezone.now()))
    calendar = icalendar.Calendar.from_ical(feed().content)
    first = meetings[0]
    around = recurring_ical_events.of(calendar).between(first.starts_at, first.ends_at)
    assert [event["UID"] for event in around] == [str(first.public_id)]


@pytest.mark.row("K01", "K07")
def test_a_cancelled_meeting_and_a_cancelled_section_are_shown_as_cancelled(feed):
    section, gone = make_open_section(), make_open_section(status="cancelled")
    for one in (section, gone):
        meet(one, days=127)
    take(section)
    take(gone, status="cancelled")
    Meeting.objects.filter(pattern__sections=gone).update(status="cancelled", ical_sequence=1)
    one = Meeting.objects.filter(pattern__sections=section, starts_at__gt=timezone.now()).first()
    Meeting.objects.filter(pk=one.pk).update(status="cancelled", ical_sequence=1)
    states = {
        str(event["UID"]): (str(event["STATUS"]), int(event["SEQUENCE"]))
        for event in icalendar.Calendar.from_ical(feed().content).walk("VEVENT")
    }
    assert states[str(one.public_id)] == ("CANCELLED", 1)
    lost = Meeting.objects.filter(pattern__sections=gone, starts_at__gt=timezone.now()).first()
    assert states[str(lost.public_id)] == ("CANCELLED", 1)
    assert {state for state, _sequence in states.values()} == {"CANCELLED", "CONFIRMED"}


@pytest.mark.row("K02", "K07")
def test_a_moved_and_a_cancelled_appointment_keep_their_uid(feed):
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    operations.move(booked, at(10), by=alice())
    event = read(feed())["Office hour with Ivan Example"]
    assert (event["UID"], event["SEQUENCE"], event["DTSTART"].dt) == (str(booked.ical_uid), 1, at(10))
    operations.cancel(booked, by=alice())
    event = read(feed())["Office hour with Ivan Example"]
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (str(booked.ical_uid), 2, "CANCELLED")


@pytest.mark.row("K08", "R71")
def test_it_holds_nothing_of_others_and_no_note(feed):
    other, type = make_user(roles=["student"], given_name="Hidden"), make_type(ivan(), seats=3)
    operations.book(type, other, at(9), by=other, topic="Secret matter")
    operations.book(type, alice(), at(9), by=alice(), topic="My own matter")
    section = make_open_section()
    meet(section, days=127)
    take(section, person=other)
    text = feed().content.decode()
    assert "Office hour with Ivan Example" in text
    for said in ("Hidden", "Secret", "matter", "@", section.course.code, "ATTENDEE", "ORGANIZER"):
        assert said not in text


@pytest.mark.row("K03", "R71")
def test_the_secret_is_long_and_kept_as_a_hash_only(client):
    secret = rotate_feed(alice(), by=alice())
    token = PersonalToken.objects.get()
    assert len(secret) >= 43
    assert secret not in str(vars(token))
    assert token.hash == hashed(secret)


@pytest.mark.row("K03")
def test_a_closed_account_has_no_feed(feed):
    assert feed().status_code == 200
    deactivate(alice(), by=adam())
    assert feed().status_code == 404


@pytest.mark.row("K03")
def test_a_program_that_asks_again_gets_nothing_new_until_something_changes(feed):
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    first = feed()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in first.content.decode()
    for tag in (first["ETag"], f'"x", {first["ETag"]}', "*"):
        again = feed(**{"If-None-Match": tag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert feed(**{"If-Modified-Since": http_date(0)}).status_code == 200
    operations.move(booked, at(10), by=alice())
    assert feed(**{"If-None-Match": first["ETag"]}).status_code == 200
    assert (first["Cache-Control"], first["Referrer-Policy"]) == ("private, max-age=0, must-revalidate", "no-referrer")


@pytest.mark.row("K03")
def test_a_script_makes_reads_and_ends_its_own_feed(client):
    api = APIClient()
    assert api.post("/api/v1/feed/").status_code == 401
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(alice(), ['read:self', 'write:self'])['access']}")
    assert api.get("/api/v1/feed/").json() == {"is_on": False, "since": None}
    made = api.post("/api/v1/feed/")
    assert made.status_code == 201
    path = made.json()["address"].removeprefix("http://localhost:8000")
    assert client.get(path).status_code == 200
    assert api.get("/api/v1/feed/").json()["is_on"] is True
    assert (api.delete("/api/v1/feed/").status_code, client.get(path).status_code) == (204, 404)


@pytest.mark.row("R71")
def test_no_log_holds_the_secret_of_an_address():
    path = "/feeds/s3cret-Token_x.ics"
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (path,), None)
    assert HideSecrets().filter(record)
    assert record.getMessage() == "Not Found: /feeds/***"
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["secrets"]
    answer = SimpleNamespace(status="200 OK", sent=1, headers=[], response_length=1)
    request = SimpleNamespace(headers=[("REFERER", "http://x" + path)])
    environ = {"REQUEST_METHOD": "GET", "RAW_URI": path, "SERVER_PROTOCOL": "HTTP/1.1", "PATH_INFO": path,
               "HTTP_REFERER": "http://x" + path}  # fmt: skip
    atoms = AccessLogger(Config()).atoms(answer, request, environ, timedelta(seconds=1))
    assert "s3cret" not in str(atoms)
    assert atoms["r"] == "GET /feeds/*** HTTP/1.1"
