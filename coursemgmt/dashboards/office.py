"""What waits for the office and for who keeps the site running."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Count, Exists, F, OuterRef, Q
from procrastinate.contrib.django.models import ProcrastinateJob

from courses.models import Section, SectionInstructor
from notifications.models import OutboxMessage
from scheduling.models import MeetingPattern
from scheduling.queries.clashes import open_clash_count
from students.queries.seats import seats_of

SHOWN = 8
FAILED_JOBS = ["failed", "aborted"]


def office(user: Any, term: Any, now: datetime) -> dict[str, Any]:
    """Return the lines of the term, what is not planned to the end, and how many clashes wait."""
    shown: dict[str, Any] = {"is_office": True}
    if user.has_perm("scheduling.resolve_clashes"):
        shown["clashes"] = open_clash_count()
    if term is None:
        return shown
    sections = Section.objects.filter(term=term).select_related("course__subject", "term", "cross_list_group")
    waiting = Count("waitlist_entries", filter=Q(waitlist_entries__status="waiting"))
    lined = list(
        sections.filter(status="open").annotate(waits=waiting).filter(waits__gt=0).order_by("-waits", "pk")[:SHOWN]
    )
    seats = seats_of(lined, now)
    return shown | {
        "lined": [{"section": section, "seats": seats[section.pk]} for section in lined],
        "unplanned": list(_unplanned(sections)[:SHOWN]),
        "states": _states(term),
    }


def _unplanned(sections: Any) -> Any:
    """Return the living sections without an instructor, or without a room where they would need one."""
    nobody = ~Exists(SectionInstructor.objects.filter(section=OuterRef("pk")))
    placed = MeetingPattern.objects.filter(sections=OuterRef("pk")).filter(Q(room__isnull=False) | Q(is_tba=True))
    nowhere = ~Exists(placed)
    in_person = ~Q(instructional_method=Section.Method.ONLINE)
    found = sections.filter(status__in=["planned", "open", "closed"]).annotate(has_nobody=nobody, is_nowhere=nowhere)
    return found.filter(Q(has_nobody=True) | Q(in_person, is_nowhere=True)).order_by("course__sort_key", "pk")


def _states(term: Any) -> list[dict[str, Any]]:
    names = dict(Section.Status.choices)
    rows = Section.objects.filter(term=term).order_by().values_list("status").annotate(n=Count("pk"))
    counted = dict(rows)
    return [
        {"status": status, "label": names[status], "value": counted[status]} for status in names if status in counted
    ]


def operation() -> dict[str, Any]:
    """Return the people by role, and what did not get through: messages and jobs."""
    people = Group.objects.annotate(value=Count("user", filter=Q(user__is_active=True))).values(
        "value", label=F("name")
    )
    jobs = dict(ProcrastinateJob.objects.order_by().values_list("status").annotate(n=Count("pk")))
    mail = dict(OutboxMessage.objects.order_by().values_list("state").annotate(n=Count("pk")))
    return {
        "is_operator": True,
        "people": [{"label": row["label"].capitalize(), "value": row["value"]} for row in people.order_by("name")],
        "mail": {"failed": mail.get("failed", 0), "queued": mail.get("queued", 0)},
        "jobs": {"failed": sum(jobs.get(state, 0) for state in FAILED_JOBS), "todo": jobs.get("todo", 0)},
    }
