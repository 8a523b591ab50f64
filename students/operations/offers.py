"""An offer of a seat: how it is made and how it ends without being taken."""

from datetime import datetime
from typing import Any

from courses.models import Section
from notifications.operations import notify
from students.models import WaitlistEntry, WaitlistEvent
from students.operations.history import line_event
from students.queries.offers import offer_ends


def offer_seat(entry: WaitlistEntry, section: Section, *, by: Any, now: datetime, run_at: datetime) -> WaitlistEntry:
    """Keep a free seat for this place in line until the offer ends, and tell the student, once more near the end.

    The caller holds the section's lock and has asked the rules.
    """
    entry.status, entry.offered_at = WaitlistEntry.Status.OFFERED, now
    entry.offer_expires_at = ends = offer_ends(section, now)
    entry.save(update_fields=["status", "offered_at", "offer_expires_at"])
    line_event(entry, WaitlistEvent.Kind.OFFERED, by=by, now=now, run_at=run_at)
    notify("seat_offered", to=entry.student.user, about=entry)
    notify("offer_reminder", to=entry.student.user, about=entry, not_before=ends - (ends - now) / 4)
    return entry


def end_offer(entry: WaitlistEntry, status: str, *, by: Any, now: datetime, reason: str = "") -> WaitlistEntry:
    """Write down that the offer was declined or not answered; the place in line is lost. The seat is free."""
    entry.status = status
    entry.save(update_fields=["status"])
    line_event(entry, status, by=by, reason=reason, now=now)
    if status == WaitlistEntry.Status.EXPIRED:
        notify("offer_expired", to=entry.student.user, about=entry)
    return entry
