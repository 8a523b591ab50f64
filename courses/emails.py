"""The messages about sections to those who teach them."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from courses.models import Section, SectionInstructor
from notifications.events import Event, register


def _context(about: Section, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    return {"section": about, "link": settings.SITE_URL + reverse("courses:section_detail", args=[about.public_id])}


def _is_cancelled(about: Section, facts: dict[str, Any]) -> bool:
    return about.status == Section.Status.CANCELLED


def _is_restored(about: Section, facts: dict[str, Any]) -> bool:
    return about.status != Section.Status.CANCELLED


def _assistant_context(about: SectionInstructor, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    path = reverse("students:section_detail", args=[about.section.public_id])
    return {"section": about.section, "link": settings.SITE_URL + path}


def register_events() -> None:
    related = ("course__subject", "term")
    row = ("section__course__subject", "section__term")
    register(Event("assistant_added", "emails/courses/assistant_added", _assistant_context, related=row))
    register(Event("section_cancelled", "emails/courses/section_cancelled", _context, _is_cancelled, None, related))
    register(Event("section_restored", "emails/courses/section_restored", _context, _is_restored, None, related))
