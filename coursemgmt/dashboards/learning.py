"""What waits for a student, and what has changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from students.models import Enrollment, WaitlistEntry
from students.queries.enrollments import position_text
from students.queries.grades import StudentGrades, student_views
from students.queries.seats import positions
from students.querysets import LIVE

RECENT = timedelta(days=14)
SHOWN = 8


@dataclass(frozen=True)
class Work:
    """One piece of graded work in one of the student's classes."""

    enrollment: Enrollment
    title: str
    at: datetime | None
    text: str = ""


def learning(user: Any, now: datetime) -> dict[str, Any]:
    """Return lines, missing and coming work, posted grades and changed enrollments, in six queries."""
    enrollments = list(
        Enrollment.objects.filter(Q(status__in=LIVE) | Q(status_at__gte=now - RECENT), student__user=user)
        .select_related("section__course__subject", "section__term")
        .order_by("-status_at", "pk")
    )
    views = student_views(enrollments, now)
    live = [enrollment for enrollment in enrollments if enrollment.is_live]
    return {
        "lines": _lines(user),
        "missing": [work for e in live for work in _missing(e, views[e.pk])][:SHOWN],
        "coming": _coming(live, views, now)[:SHOWN],
        "graded": _graded(enrollments, views, now)[:SHOWN],
        "changes": [e for e in enrollments if e.status_at >= now - RECENT][:SHOWN],
        "has_classes": bool(live),
    }


def _lines(user: Any) -> list[dict[str, Any]]:
    entries = list(
        WaitlistEntry.objects.in_line()
        .filter(student__user=user)
        .select_related("section__course__subject")
        .order_by("status", "joined_at", "pk")[:SHOWN]
    )
    places = positions(entries)
    return [{"entry": entry, "position": position_text(places.get(entry.pk))} for entry in entries]


def _missing(enrollment: Enrollment, view: StudentGrades) -> list[Work]:
    return [Work(enrollment, seen.item.title, seen.item.due_at) for seen in view.missing]


def _coming(live: list[Enrollment], views: dict[int, StudentGrades], now: datetime) -> list[Work]:
    found = [
        Work(enrollment, seen.item.title, seen.item.due_at)
        for enrollment in live
        for seen in views[enrollment.pk].items
        if seen.item.due_at and seen.item.due_at > now
    ]
    return sorted(found, key=lambda work: work.at or now)


def _graded(enrollments: list[Enrollment], views: dict[int, StudentGrades], now: datetime) -> list[Work]:
    """Return what was posted lately and has a mark, the newest first."""
    found = []
    for enrollment in enrollments:
        for seen in views[enrollment.pk].items:
            posted = seen.item.posted_at
            if posted and posted >= now - RECENT and seen.mark.text:
                points = {"score": seen.mark.text, "points": f"{seen.item.points.normalize():f}"}
                text = _("%(score)s of %(points)s") % points if seen.mark.score is not None else _("exempt")
                found.append(Work(enrollment, seen.item.title, posted, text))
    return sorted(found, key=lambda work: work.at or timezone.now(), reverse=True)
