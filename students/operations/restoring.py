"""Give those who lost a seat or a place when a section was cancelled their place at the head of its line."""

from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone

from courses.models import Section
from notifications.operations import notify
from students.models import Enrollment, WaitlistEntry, WaitlistEvent
from students.operations.history import line_event
from students.queries.restoring import closed_places, lost_seats

RESTORED = "Section restored"


def restore_locks(section: Section) -> list[Any]:
    """Return the people who come back into the line."""
    seated = [row.student.user for row in lost_seats(section)]
    return [*seated, *(row.student.user for row in closed_places(section))]


def section_restored(section: Section) -> bool:
    """Put them in line: whoever had a seat first, in the order in which they had come, then the line as it was.

    Nobody is enrolled unasked, and no seat is given twice: when the section is opened, the line gives its seats by its
    own rules, which are asked of everybody again. Runs in the deed that restores it, which holds the locks. Return
    whether anybody had come to the section at all.
    """
    now = timezone.now()
    for entry in closed_places(section):
        entry.status = WaitlistEntry.Status.WAITING
        entry.save(update_fields=["status"])
        _tell(entry, now)
    last = WaitlistEntry.objects.filter(section=section).aggregate(last=Max("seq"))["last"] or 0
    for seq, lost in enumerate(lost_seats(section), start=last + 1):
        entry = WaitlistEntry.objects.create(
            student=lost.student, section=section, seq=seq, joined_at=now, displaced=True
        )
        _tell(entry, now)
    return Enrollment.objects.filter(section=section).exists() or WaitlistEntry.objects.filter(section=section).exists()


def _tell(entry: WaitlistEntry, now: datetime) -> None:
    line_event(entry, WaitlistEvent.Kind.JOINED, by=None, reason=RESTORED, now=now)
    notify("class_restored", to=entry.student.user, about=entry, key=now.isoformat())
