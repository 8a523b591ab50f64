"""What the mails about appointments say, and the calendar parts that go with them."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core import mail
from django.utils import timezone

from accounts.tests.makers import alice, ivan, make_user, rita
from appointments import operations
from appointments.emails import zone_label
from appointments.tests.makers import at, make_type
from notifications.models import OutboxMessage
from notifications.operations import deliver

pytestmark = pytest.mark.django_db
HOSTILE = [
    "A\r\nBcc: x@example.org",
    "A\u2028B",
    "\u202eevil",
    "x" * 150,
    "=?utf-8?q?Hi?=",
    'Quote "Q" ; , \\',
    "A\x0bB",
]


def deliver_all():
    """Send what is queued, each message when it is due, and return the mails in order."""
    OutboxMessage.objects.update(not_before=timezone.now() - timedelta(minutes=1))
    mail.outbox.clear()
    for message in OutboxMessage.objects.filter(state="queued").order_by("pk"):
        deliver(message.pk)
    return list(mail.outbox)


def calendar_of(message):
    for part in message.message().walk():
        if part.get_content_type() == "text/calendar":
            return part, icalendar.Calendar.from_ical(part.get_payload(decode=True))
    return None, None


def html_of(message):
    return next(content for content, kind in message.alternatives if kind == "text/html")


@pytest.mark.parametrize(
    ("zone", "when", "expected"),
    [
        ("America/New_York", datetime(2027, 3, 8, tzinfo=UTC), "New York, UTC\u22125"),
        ("America/New_York", datetime(2027, 3, 15, tzinfo=UTC), "New York, UTC\u22124"),
        ("Asia/Kolkata", datetime(2027, 3, 8, tzinfo=UTC), "Kolkata, UTC+5:30"),
        ("Europe/Lisbon", datetime(2027, 1, 8, tzinfo=UTC), "Lisbon, UTC"),
        ("UTC", datetime(2027, 1, 8, tzinfo=UTC), "UTC"),
        ("America/St_Johns", datetime(2027, 1, 8, tzinfo=UTC), "St Johns, UTC\u22123:30"),
    ],
)
@pytest.mark.row("X02")
def test_a_zone_is_named_with_its_offset_of_that_day(zone, when, expected):
    assert zone_label(ZoneInfo(zone), when) == expected


@pytest.mark.row("N08", "X02")
def test_the_mail_says_the_fact_first_and_the_time_in_the_readers_zone():
    student = alice(time_zone="Asia/Kolkata")
    type = make_type(ivan(), title="Thesis", location="Oak Hall 3")
    operations.book(type, student, at(9), by=student, topic="Graphs & <trees>")
    to_student, to_host = [message for message in deliver_all() if message.subject.startswith("Booked")]
    local = at(9).astimezone(ZoneInfo("Asia/Kolkata"))
    assert to_student.subject == f"Booked: Thesis with Ivan Example, {local:%a} {local.day} {local:%b}, {local:%H:%M}"
    assert to_student.body.splitlines() == [
        "Hello Alice Example,",
        "",
        "The appointment Thesis with Ivan Example is booked.",
        "",
        f"When: {local:%A} {local.day} {local:%B %Y}, {local:%H:%M} to {local + timedelta(minutes=30):%H:%M}"
        " (Kolkata, UTC+5:30)",
        "Where: Oak Hall 3",
        "Topic: Graphs & <trees>",
        "",
        re.search(r"http\S+", to_student.body)[0],
        "",
        "Northfield University",
    ]
    assert "Alice Example booked it." in to_host.body
    assert "09:00 to 09:30 (New York, UTC" in to_host.body
    html = html_of(to_student)
    assert html.count("display:inline-block;padding:10px 18px") == 1
    assert "Graphs &amp; &lt;trees&gt;" in html
    assert "(Kolkata, UTC+5:30)" in html


@pytest.mark.row("P17", "K02")
def test_move_and_cancellation_say_who_why_and_what_was_before():
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    moved = operations.move(booked, at(10), by=rita(), reason="Room closed")
    told = [message for message in deliver_all() if message.subject.startswith("Moved to")]
    assert [message.to for message in told] == [["alice@example.org"], ["ivan@example.org"]]
    for message in told:
        for text in (message.body, html_of(message)):
            for said in ("Rita Example moved it.", "Reason: Room closed", "Before: ", "10:00 to 10:30"):
                assert said in text
    operations.cancel(moved, by=ivan(), reason="Ill")
    to_student, to_host = deliver_all()
    assert to_student.subject.startswith("Cancelled: Office hour with Ivan Example")
    assert "Ivan Example cancelled it." in to_student.body
    assert "Reason: Ill" in to_student.body
    assert "cancelled it." not in to_host.body


@pytest.mark.row("K01", "K02", "R14")
def test_the_calendar_parts_of_a_life_are_as_a_calendar_program_wants_them():
    student = alice()
    booked = operations.book(make_type(ivan(), location="Oak Hall 3"), student, at(9), by=student, topic="Graphs")
    seen = [fields_of(message) for message in deliver_all() if calendar_of(message)[0]]
    booked = operations.move(booked, at(10), by=student)
    seen += [fields_of(message) for message in deliver_all() if calendar_of(message)[0]]
    booked = operations.move(booked, at(11), by=ivan())
    seen += [fields_of(message) for message in deliver_all() if calendar_of(message)[0]]
    operations.cancel(booked, by=ivan(), reason="Ill")
    seen += [fields_of(message) for message in deliver_all() if calendar_of(message)[0]]
    steps = [("REQUEST", 0, "CONFIRMED", 9), ("REQUEST", 1, "CONFIRMED", 10), ("REQUEST", 2, "CONFIRMED", 11),
             ("CANCEL", 3, "CANCELLED", 11)]  # fmt: skip
    people = [("alice@example.org", "Ivan Example"), ("ivan@example.org", "Alice Example")]
    assert seen == [
        {
            "content_type": f'text/calendar; method="{method}"; charset="utf-8"',
            "method": method,
            "uid": str(booked.ical_uid),
            "sequence": sequence,
            "status": status,
            "dtstart": f"{at(hour):%Y%m%dT%H%M%SZ}",
            "dtend": f"{at(hour, 30):%Y%m%dT%H%M%SZ}",
            "organizer": "mailto:ivan@example.org",
            "attendees": [f"mailto:{to}"],
            "summary": f"Office hour with {other}",
            "location": "Oak Hall 3",
            "description": "Graphs",
        }
        for method, sequence, status, hour in steps
        for to, other in people
    ]


def fields_of(message):
    part, calendar = calendar_of(message)
    assert icalendar.Calendar.from_ical(calendar.to_ical()).to_ical() == calendar.to_ical()
    (event,) = calendar.walk("VEVENT")
    assert calendar["version"] == "2.0"
    assert re.fullmatch(rb"\d{8}T\d{6}Z", event["dtstamp"].to_ical())
    attendees = event["attendee"] if isinstance(event["attendee"], list) else [event["attendee"]]
    return {
        "content_type": part["Content-Type"],
        "method": str(calendar["method"]),
        "uid": str(event["uid"]),
        "sequence": int(event["sequence"]),
        "status": str(event["status"]),
        "dtstart": event["dtstart"].to_ical().decode(),
        "dtend": event["dtend"].to_ical().decode(),
        "organizer": str(event["organizer"]),
        "attendees": [str(one) for one in attendees],
        "summary": str(event["summary"]),
        "location": str(event["location"]),
        "description": str(event["description"]),
    }


@pytest.mark.row("R32")
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_add_no_header_and_lose_no_mail(text):
    host = make_user(roles=["instructor"], given_name=text)
    student = make_user(roles=["student"], given_name=text)
    type = make_type(host, title=text[:120], location=text)
    operations.book(type, student, at(9), by=student, topic=text)
    sent = [message for message in deliver_all() if message.subject.startswith("Booked")]
    assert [message.to for message in sent] == [[student.email], [host.email]]
    for message in sent:
        raw = message.message()
        assert raw["Bcc"] is None
        assert len(raw.get_all("Subject")) == 1
        (event,) = calendar_of(message)[1].walk("VEVENT")
        assert set(event) == {
            "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "DESCRIPTION", "STATUS",
            "ORGANIZER", "ATTENDEE",
        }  # fmt: skip
