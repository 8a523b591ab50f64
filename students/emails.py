"""The messages about seats: enrolled, dropped, in line, promoted."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from notifications.events import Event, register
from students.models import Enrollment, WaitlistEntry
from students.querysets import LIVE

RELATED = ("section__course__subject", "section__term", "student__user")


def _context(about: Enrollment | WaitlistEntry, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "section": about.section,
        "term": about.section.term,
        "reason": facts.get("reason", ""),
        "withdrawn": facts.get("status") == Enrollment.Status.WITHDRAWN,
        "link": settings.SITE_URL + reverse("students:section_detail", args=[about.section.public_id]),
    }


def _is_live(about: Enrollment, facts: dict[str, Any]) -> bool:
    return about.status in LIVE


def _is_over(about: Enrollment, facts: dict[str, Any]) -> bool:
    return about.status not in LIVE


def _waits(about: WaitlistEntry, facts: dict[str, Any]) -> bool:
    return about.status == WaitlistEntry.Status.WAITING


def register_events() -> None:
    register(Event("enrolled", "emails/students/enrolled", _context, _is_live, None, RELATED))
    register(Event("promoted", "emails/students/promoted", _context, _is_live, None, RELATED))
    register(Event("dropped", "emails/students/dropped", _context, _is_over, None, RELATED))
    register(Event("waitlisted", "emails/students/waitlisted", _context, _waits, None, RELATED))
