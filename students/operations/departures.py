"""What happens to the seats of somebody whose account is closed."""

from typing import Any

from django.utils import timezone

from core.errors import DomainError
from courses.models import Section
from notifications.operations import notify
from students.models import Enrollment, PreEnrollment, WaitlistEntry, WaitlistEvent
from students.operations.enrollment import drop
from students.operations.guardians import end_guardianships_of
from students.operations.history import line_event, record
from students.operations.waitlist import leave_waitlist
from students.queries.restoring import CANCELLED

REASON = "Account closed"


def release_person(user: Any) -> None:
    """Drop every live enrollment of `user`, take them out of every line, and end who reads along with whom.

    Each is a deed of its own; twice is harmless.
    """
    end_guardianships_of(user, reason=REASON)
    for entry in WaitlistEntry.objects.in_line().filter(student__user=user).select_related("student__user", "section"):
        try:
            leave_waitlist(entry, by=None, reason=REASON)
        except DomainError:  # over in the meantime, which is what was wanted
            continue
    for enrollment in Enrollment.objects.live().filter(student__user=user).select_related("student__user", "section"):
        try:
            drop(enrollment, by=None, reason=REASON)
        except DomainError:
            continue


def person_deactivated(user: Any) -> None:
    """Leave a job that frees what the person held: their row is locked already, and the line's people come first."""
    from students.tasks import release_seats  # the one arrow up: a deed leaves its job

    release_seats.defer(user_id=user.pk)


def section_cancelled(section: Section) -> None:
    """Cancel every live enrollment of a section, close its line, and tell everybody.

    Runs in the deed that cancels it, which holds the lock.
    """
    now = timezone.now()
    for entry in WaitlistEntry.objects.in_line().filter(section=section).select_related("student__user"):
        entry.status = WaitlistEntry.Status.CLOSED
        entry.save(update_fields=["status"])
        line_event(entry, WaitlistEvent.Kind.CLOSED, by=None, reason=CANCELLED, now=now)
        notify("line_left", to=entry.student.user, about=entry)
    kept = PreEnrollment.objects.filter(section=section, state=PreEnrollment.State.HELD)
    kept.update(state=PreEnrollment.State.DROPPED, closed_at=now, reason=CANCELLED)
    for enrollment in Enrollment.objects.live().filter(section=section).select_related("student__user"):
        before, enrollment.status, enrollment.status_at = enrollment.status, Enrollment.Status.CANCELLED, now
        enrollment.save(update_fields=["status", "status_at"])
        record(enrollment, before, by=None, reason=CANCELLED, now=now)
