"""The next change of the clocks, through model, page, API, mail and feed: every instant is the same in all five."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.makers import ivan, make_user
from appointments.models import Appointment, AvailabilityRule, AvailabilitySchedule
from appointments.queries.feed import calendar_of
from appointments.queries.timetable import entries_for
from appointments.tests.makers import make_type
from notifications.models import OutboxMessage
from notifications.operations import deliver

pytestmark = [pytest.mark.django_db, pytest.mark.row("R20", "P01", "X03", "K04")]
NEW_YORK = ZoneInfo("America/New_York")
HALF = timedelta(minutes=30)


def next_change(hours: int) -> date:
    """Return the next day, a week ahead at least, on which New York has so many hours."""
    day = timezone.now().astimezone(NEW_YORK).date() + timedelta(days=7)
    while midnight(day + timedelta(days=1)) - midnight(day) != timedelta(hours=hours):
        day += timedelta(days=1)
    return day


def midnight(day):
    return datetime.combine(day, time(0), tzinfo=NEW_YORK).astimezone(UTC)


def offered_on(day, start, end):
    """Return a type of Ivan's with one window of that weekday."""
    schedule = AvailabilitySchedule.objects.create(host=ivan(), zone="America/New_York")
    AvailabilityRule.objects.create(schedule=schedule, weekday=day.weekday(), start_time=start, end_time=end)
    return make_type(ivan(), schedule=schedule, horizon_days=730)


def by_api(student, type, day):
    api = APIClient()
    api.force_authenticate(student)
    span = {"from": midnight(day).isoformat(), "to": midnight(day + timedelta(days=1)).isoformat()}
    found = api.get(f"/api/v1/appointment-types/{type.public_id}/slots/", span).json()["slots"]
    return [datetime.fromisoformat(slot["starts_at"]) for slot in found]


def by_page(client, student, type, day):
    client.force_login(student)
    # Four weeks from now may end within the day: then its times stand on two pages.
    page = (midnight(day) - timezone.now()) // timedelta(weeks=4)
    where = reverse("appointments:slot_list", args=[type.public_id])
    text = "".join(client.get(where, {"page": number}).text for number in (page, page + 1))
    found = re.findall(r'value="([^"]+)" required><span>(\d\d:\d\d)((?:<small>[^<]*</small>)*)</span>', text)
    shown = [(datetime.fromisoformat(value), said, re.findall(r">([^<]+)<", more)) for value, said, more in found]
    return [row for row in shown if row[0].astimezone(NEW_YORK).date() == day]


def test_the_repeated_hour_is_offered_twice_and_booked_to_the_minute(client):
    day = next_change(25)
    type, student = offered_on(day, time(1), time(3)), make_user(roles=["student"], time_zone="America/New_York")
    first = datetime.combine(day, time(1), tzinfo=NEW_YORK).astimezone(UTC)
    expected = [first + n * HALF for n in range(6)]
    assert by_api(student, type, day) == expected
    rows = by_page(client, student, type, day)
    assert [at for at, _said, _more in rows] == expected
    assert [(said, *more) for _at, said, more in rows] == [
        ("01:00", "EDT"), ("01:30", "EDT"), ("01:00", "EST"), ("01:30", "EST"), ("02:00",), ("02:30",),
    ]  # fmt: skip
    second = expected[3]
    book = reverse("appointments:book", args=[type.public_id])
    assert client.post(book, {"starts_at": second.isoformat()}).status_code == 302
    booked = Appointment.objects.get()
    assert booked.session.starts_at == second
    assert calendar_and_text_of_the_mail() == (second, "01:30 to 02:00 (New York, UTC\u22125)")
    assert in_the_feed(student, day) == second
    assert by_api(student, type, day) == expected[:3] + expected[4:]


def test_the_missing_hour_is_not_offered(client):
    day = next_change(23)
    type, student = offered_on(day, time(1), time(4)), make_user(roles=["student"], time_zone="America/New_York")
    first = datetime.combine(day, time(1), tzinfo=NEW_YORK).astimezone(UTC)
    expected = [first + n * HALF for n in range(4)]
    assert by_api(student, type, day) == expected
    rows = by_page(client, student, type, day)
    assert [(at, said) for at, said, _more in rows] == list(
        zip(expected, ["01:00", "01:30", "03:00", "03:30"], strict=True)
    )


def test_a_far_student_sees_the_shift_and_the_host_does_not(client):
    change = next_change(23)
    before, after = change - timedelta(days=6), change + timedelta(days=1)
    type = offered_on(before, time(9), time(9, 30))
    student = make_user(roles=["student"], time_zone="Asia/Kolkata")
    for day, local in ((before, "19:30"), (after, "18:30")):
        nine = datetime.combine(day, time(9), tzinfo=NEW_YORK).astimezone(UTC)
        assert by_api(student, type, day) == [nine]
        assert by_page(client, student, type, day) == [(nine, local, ["09:00 for the host"])]


def calendar_and_text_of_the_mail():
    message = OutboxMessage.objects.get(kind="appointment_booked", recipient__groups__name="student")
    deliver(message.pk)
    sent = mail.outbox[-1]
    part = next(part for part in sent.message().walk() if part.get_content_type() == "text/calendar")
    (event,) = icalendar.Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    return event["DTSTART"].dt, re.search(r"\d\d:\d\d to .*\)", sent.body)[0]


def in_the_feed(student, day):
    # The feed's own window may end before that day.
    entries = entries_for(student, midnight(day), midnight(day + timedelta(days=1)))
    (event,) = icalendar.Calendar.from_ical(calendar_of(entries, timezone.now())).walk("VEVENT")
    return event["DTSTART"].dt
