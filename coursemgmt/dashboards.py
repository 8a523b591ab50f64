"""What the first page shows of a person's day and of what waits. Reads everything, writes nothing."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from appointments.models import Appointment
from appointments.queries.timetable import entries_for
from core.recurrence import end_of_day, start_of_day
from courses.models import Section
from scheduling.models import Claim
from students.models import WaitlistEntry

SHOWN = 10


def dashboard(user: Any) -> dict[str, Any]:
    """Return today's entries, the next appointments, places in line and what staff should look at."""
    now = timezone.now()
    today = timezone.localdate(timezone=user.zone)
    opens_at, closes_at = start_of_day(today, user.zone), end_of_day(today, user.zone)
    appointments = (
        (Appointment.objects.filter(student=user) | Appointment.objects.filter(session__host=user))
        .holding(now)
        .filter(session__ends_at__gt=now, session__starts_at__lt=now + timedelta(days=14))
        .select_related("session__host", "session__type", "student")
        .order_by("session__starts_at")[:SHOWN]
    )
    waiting = (
        WaitlistEntry.objects.waiting()
        .filter(student__user=user)
        .select_related("section__course__subject")
        .order_by("joined_at")[:SHOWN]
    )
    return {
        "today": list(entries_for(user, opens_at, closes_at, cancelled=False)),
        "appointments": list(appointments),
        "waiting": list(waiting),
        "teaching": list(_teaching(user)),
        "soft_claims": _soft_claims(user),
    }


def _teaching(user: Any) -> Any:
    sections = Section.objects.taught_by(user).filter(term__end_date__gte=timezone.localdate())
    return sections.exclude(status="cancelled").select_related("course__subject", "term")[:SHOWN]


def _soft_claims(user: Any) -> int | None:
    """Return how many clashes wait for someone, or None for those who do not resolve them."""
    if not user.has_perm("scheduling.resolve_clashes"):
        return None
    return Claim.objects.filter(active=True, hard=False, during__endswith__gt=timezone.now()).count()
