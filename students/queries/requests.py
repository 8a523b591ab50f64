"""Requests for exceptions, and the rules of a check as a page explains them."""

from dataclasses import dataclass
from typing import Any

from core.rules import Check, Rule
from courses.models import Section
from students.models import OverrideRequest, StudentProfile

RELATED = ("student__user", "section__course__subject", "section__term", "decided_by")


@dataclass(frozen=True)
class Explained:
    """One rule as a page shows it, with the request that is open about it."""

    rule: Rule
    asked: OverrideRequest | None
    may_ask: bool


def open_requests(student: StudentProfile, section: Section) -> dict[str, OverrideRequest]:
    """Return the student's open requests in a section by kind."""
    if student.pk is None:
        return {}
    found = OverrideRequest.objects.open().filter(student=student, section=section)
    return {asked.kind: asked for asked in found}


def explained(check: Check, asked: dict[str, OverrideRequest]) -> list[Explained]:
    """Return all rules, those that fail first; of several that one request would lift, the first has the button."""
    rows, offered = [], set()
    for rule in sorted(check.rules, key=lambda rule: rule.passed):
        kind = "" if rule.passed else rule.lifted_with or ""
        rows.append(Explained(rule, asked.get(kind), bool(kind) and kind not in asked and kind not in offered))
        offered.add(kind)
    return rows


def requests_to_answer(user: Any) -> Any:
    """Return the open requests of others that `user` may see, the oldest first."""
    found = OverrideRequest.objects.visible_to(user).open().exclude(student__user=user)
    return found.select_related(*RELATED).order_by("asked_at", "pk")


def requests_of(student: StudentProfile) -> Any:
    """Return all requests of a student, the newest first."""
    return OverrideRequest.objects.filter(student=student).select_related(*RELATED).order_by("-asked_at", "-pk")
