"""Let the meetings of a section that was cancelled stand again, where their time is still free."""

from typing import Any

from django.db.models import F

from accounts.models import User
from courses.models import Section
from scheduling.models import Meeting, Room
from scheduling.operations.changes import claim_again
from scheduling.queries.restoring import coming_back

# Stored as it is, like every reason.
TAKEN_MEANWHILE = "The section was restored when the room or the instructor was taken already."


def restore_locks(section: Section) -> list[Any]:
    """Return the instructors and rooms whose time a restored section takes."""
    meetings = Meeting.objects.filter(pattern__sections=section)
    people = User.objects.filter(meetings_taught__meeting__in=meetings).distinct()
    return [*people, *Room.objects.filter(meetings__in=meetings).distinct()]


def section_restored(section: Section) -> bool:
    """Let what was cancelled with the section stand again, but for what is taken by now; it keeps that as its reason.

    Runs in the deed that restores it, which holds the locks.
    """
    found = coming_back(section)
    for meeting in found.back:
        moved = meeting.starts_at != meeting.original_start
        Meeting.objects.filter(pk=meeting.pk).update(
            status=Meeting.Status.MOVED if moved else Meeting.Status.SCHEDULED,
            reason="",
            room_claim=None,
            ical_sequence=F("ical_sequence") + 1,
        )
    claim_again(found.back, frozenset())
    Meeting.objects.filter(pk__in=[one.pk for one in found.taken]).update(reason=TAKEN_MEANWHILE)
    return False
