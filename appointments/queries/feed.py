"""A person's calendar as an iCalendar file. Times are UTC; it names no attendee and holds no address of anyone."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
from django.conf import settings
from django.utils import translation

from appointments.queries.timetable import Entry, entries_for

BACK = timedelta(days=90)
AHEAD = timedelta(days=240)
KEEP_CANCELLED = timedelta(days=30)


def feed_entries(user: Any, now: datetime) -> list[Entry]:
    with translation.override(user.locale):
        entries = entries_for(user, now - BACK, now + AHEAD)
    return [entry for entry in entries if not entry.is_cancelled or entry.starts_at > now - KEEP_CANCELLED]


def etag_of(entries: list[Entry]) -> str:
    """Return a weak tag: two answers with the same entries differ in their stamp only."""
    return 'W/"' + hashlib.sha256(repr(entries).encode()).hexdigest()[:32] + '"'


def calendar_of(entries: list[Entry], now: datetime) -> bytes:
    """Return the feed: REFRESH-INTERVAL of an hour, every time in UTC, cancelled things marked as such."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//coursemgmt//feed//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", settings.SITE_NAME)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry, now))
    return calendar.to_ical()


def _event(entry: Entry, now: datetime) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    if not entry.is_deadline:
        event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.title)
    if entry.place:
        event.add("location", entry.place)
    if entry.url:
        event.add("url", settings.SITE_URL + entry.url)
    event.add("status", "CANCELLED" if entry.is_cancelled else "TENTATIVE" if entry.is_asked else "CONFIRMED")
    if entry.is_deadline:
        event.add("transp", "TRANSPARENT")
    return event
