"""The messages about appointments: booked, moved, cancelled, and a reminder the day before."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.models import Appointment
from notifications.events import CalendarPart, Event, register

RELATED = ("student", "session__host", "session__type")


def _context(about: Appointment, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    host, student = about.session.host, about.student
    old = facts.get("old_starts_at")
    return {
        "appointment": about,
        "session": about.session,
        "type": about.session.type,
        "other": student if recipient.pk == host.pk else host,
        # Nobody needs to be told what they did themselves.
        "by": facts.get("by", "") if facts.get("by_id") != recipient.pk else "",
        "reason": facts.get("reason", ""),
        "old_starts_at": datetime.fromisoformat(old) if old else None,
        "zone_label": zone_label(recipient.zone, about.session.starts_at),
        "link": settings.SITE_URL + reverse("appointments:appointment_detail", args=[about.public_id]),
    }


def zone_label(zone: ZoneInfo, at: datetime) -> str:
    """Return the zone as people say it, with its offset at that instant: Kolkata, UTC+5:30."""
    minutes = int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\N{MINUS SIGN}"
    offset = f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"
    place = zone.key.rpartition("/")[2].replace("_", " ")
    return place if place == offset else f"{place}, {offset}"


def _stands(about: Appointment, facts: dict[str, Any]) -> bool:
    """Is it booked, and not moved since the message was written?"""
    return about.status == Appointment.Status.CONFIRMED and about.ical_sequence == facts.get("sequence")


def _asks(about: Appointment, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """Return what a request shows: whoever gets it is the host, who answers, or the student, who waits."""
    more = {"answers": recipient.pk == about.session.host_id, "answer_by": about.hold_expires_at}
    return _context(about, recipient, facts) | more


def _is_asked(about: Appointment, facts: dict[str, Any]) -> bool:
    ends = about.hold_expires_at
    return about.status == Appointment.Status.PENDING and ends is not None and ends > timezone.now()


def _is_declined(about: Appointment, facts: dict[str, Any]) -> bool:
    return about.status == Appointment.Status.DECLINED


def _is_unanswered(about: Appointment, facts: dict[str, Any]) -> bool:
    return about.status == Appointment.Status.EXPIRED


def _is_ahead(about: Appointment, facts: dict[str, Any]) -> bool:
    """Does it stand, and is it still to come?"""
    return _stands(about, facts) and about.session.starts_at > timezone.now()


def _is_cancelled(about: Appointment, facts: dict[str, Any]) -> bool:
    return about.status in (Appointment.Status.CANCELLED_BY_STUDENT, Appointment.Status.CANCELLED_BY_HOST)


def _part(method: Any) -> Any:
    def calendar(about: Appointment, recipient: Any, facts: dict[str, Any]) -> CalendarPart:
        session = about.session
        other = about.student if recipient.pk == session.host_id else session.host
        return CalendarPart(
            method=method,
            uid=str(about.ical_uid),
            sequence=facts.get("sequence", about.ical_sequence),
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            summary=_("%(title)s with %(name)s") % {"title": session.type.title, "name": other.display_name},
            organizer_name=session.host.display_name,
            organizer_email=session.host.email,
            location=session.location,
            description=about.topic,
        )

    return calendar


def register_events() -> None:
    register(Event("appointment_booked", "emails/appointments/booked", _context, _stands, _part("REQUEST"), RELATED))
    register(Event("appointment_moved", "emails/appointments/moved", _context, _stands, _part("REQUEST"), RELATED))
    register(
        Event(
            "appointment_cancelled", "emails/appointments/cancelled", _context, _is_cancelled, _part("CANCEL"), RELATED
        )
    )
    register(Event("appointment_requested", "emails/appointments/requested", _asks, _is_asked, None, RELATED))
    register(Event("appointment_declined", "emails/appointments/declined", _context, _is_declined, None, RELATED))
    register(Event("appointment_unanswered", "emails/appointments/unanswered", _context, _is_unanswered, None, RELATED))
    # Without a calendar part: the entry is in the calendar already.
    register(Event("appointment_reminder", "emails/appointments/reminder", _context, _is_ahead, None, RELATED))
