"""Meetings as iCalendar events: every time in UTC, no attendee, one UID for life."""

from collections.abc import Iterable
from datetime import UTC

import icalendar
from django.conf import settings
from django.utils import timezone

from scheduling.models import Meeting
from scheduling.queries.busy import section_url


def meeting_events(meetings: Iterable[Meeting]) -> list[icalendar.Event]:
    """Return one dated event per meeting. Fetch pattern, sections with course and subject, and room before."""
    stamp = timezone.now().astimezone(UTC).replace(microsecond=0)
    found = []
    for meeting in meetings:
        sections = list(meeting.pattern.sections.all())
        kind = meeting.pattern.schedule_type or meeting.pattern.get_kind_display()
        event = icalendar.Event()
        event.add("uid", str(meeting.public_id))
        event.add("sequence", meeting.ical_sequence)
        event.add("dtstamp", stamp)
        event.add("dtstart", meeting.starts_at.astimezone(UTC))
        event.add("dtend", meeting.ends_at.astimezone(UTC))
        event.add("summary", f"{', '.join(section.course.code for section in sections)} {kind}".strip())
        if meeting.room:
            event.add("location", str(meeting.room))
        if sections and (address := section_url(sections[0])):
            event.add("url", settings.SITE_URL + address)
        event.add("status", "CANCELLED" if meeting.status == Meeting.Status.CANCELLED else "CONFIRMED")
        found.append(event)
    return found


def calendar(name: str, events: Iterable[icalendar.Event]) -> bytes:
    """Return a whole calendar file."""
    whole = icalendar.Calendar()
    whole.add("prodid", "-//coursemgmt//meetings//EN")
    whole.add("version", "2.0")
    whole.add("x-wr-calname", name)
    for event in events:
        whole.add_component(event)
    return whole.to_ical()
