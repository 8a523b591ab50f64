"""The address of a calendar feed is a key: to one calendar, until it is changed, and for nothing else."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.operations import deactivate, disable_feed, rotate_feed
from accounts.tests.makers import adam, alice, ivan, make_user
from appointments.models import Appointment
from appointments.operations import book
from appointments.tests.makers import at, make_type
from students.operations import enter_marks, submit_finals
from students.tests.makers import make_class, make_grade_item
from students.validators import Mark

pytestmark = [pytest.mark.django_db, pytest.mark.row("R71")]


def feed_of(client, secret):
    return client.get(reverse("appointments:feed", args=[secret]))


def said(answer, secret):
    """Return what an answer says, without the address itself and what differs from one to the next."""
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    text = re.sub(r'nonce[-=]"?[\w-]+"?|(?<=value=")\w{64}', "", answer.content.decode().replace(secret, ""))
    return answer.status_code, text, {name: re.sub(r"nonce-[\w-]+", "", value) for name, value in headers.items()}


def test_a_dead_address_is_answered_as_one_that_never_was(client):
    person, closed = alice(), make_user()
    rotated, off, gone = rotate_feed(person, by=person), rotate_feed(ivan(), by=ivan()), rotate_feed(closed, by=closed)
    assert [feed_of(client, secret).status_code for secret in (rotated, off, gone)] == [200, 200, 200]
    rotate_feed(person, by=person)
    disable_feed(ivan(), by=ivan())
    deactivate(closed, by=adam())
    unknown = "x" * len(rotated)
    never = feed_of(client, unknown)
    assert never.status_code == 404
    dead = {str(said(feed_of(client, secret), secret)) for secret in (rotated, off, gone)}
    assert dead == {str(said(never, unknown))}


def test_a_dead_address_asks_the_database_as_one_that_never_was(client):
    person = alice()
    dead = rotate_feed(person, by=person)
    rotate_feed(person, by=person)
    counts = []
    for secret in (dead, "x" * len(dead)):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            feed_of(client, secret)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_an_address_yields_the_calendar_of_its_owner_alone_whoever_is_signed_in(client):
    kind, other = make_type(ivan()), make_user(roles=["student"])
    own, foreign = book(kind, alice(), at(9), by=None), book(kind, other, at(10), by=None)
    secrets = {person: rotate_feed(person, by=person) for person in (alice(), other)}
    for who in (other, adam(), ivan()):
        client.force_login(who)
        text = feed_of(client, secrets[alice()]).content.decode()
        assert str(own.ical_uid) in text
        assert str(foreign.ical_uid) not in text
    assert Appointment.objects.count() == 2


def test_an_address_opens_no_other_door(client):
    secret = rotate_feed(alice(), by=alice())
    for headers in ({"authorization": f"Bearer {secret}"}, {"authorization": f"Token {secret}"}):
        assert client.get("/api/v1/me/", headers=headers).status_code == 401
    assert client.post(reverse("appointments:feed", args=[secret])).status_code == 405


def test_a_feed_holds_no_grade_and_no_address(client):
    section, (enrollment, _other) = make_class(2)
    item = make_grade_item(section, posted=True, title="Work that is marked")
    enter_marks(item, {enrollment.pk: Mark(3)}, by=ivan())
    submit_finals(section, {enrollment.pk: "C+"}, by=ivan())
    book(make_type(ivan()), alice(), at(9), by=None, topic="Family matter")
    answer = feed_of(client, rotate_feed(alice(), by=alice()))
    text = answer.content.decode()
    assert "Office hour" in text
    for hidden in ("@example.org", "marked", "C+", "Family", "ATTENDEE", "ORGANIZER"):
        assert hidden not in text
    assert answer["Referrer-Policy"] == "no-referrer"
