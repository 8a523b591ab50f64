"""What happens to the seats of somebody whose account is closed."""

from typing import Any

from core.errors import DomainError
from students.models import Enrollment, WaitlistEntry
from students.operations.enrollment import drop
from students.operations.waitlist import leave_waitlist

REASON = "Account closed"


def release_person(user: Any) -> None:
    """Drop every live enrollment of `user` and take them out of every line.

    Each is a deed of its own; twice is harmless.
    """
    for entry in WaitlistEntry.objects.waiting().filter(student__user=user).select_related("student__user", "section"):
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
