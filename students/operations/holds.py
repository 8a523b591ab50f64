"""Holds: an office stops a student until something is settled."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from core.locks import lock
from notifications.operations import notify
from students.errors import HoldReleased, MayNotHold, ReasonMissing
from students.models import Hold, StudentProfile
from students.operations.lines import try_lines
from students.policies import can_place_hold, is_oneself

FIELDS = {"cause", "office", "note", "blocks_register", "blocks_drop", "blocks_transcript"}


@transaction.atomic
def place_hold(student: StudentProfile, *, by: Any, **fields: Any) -> Hold:
    """Put a hold on a student and return it; the student is told. Whatever seats there are stay.

    `fields` are cause, office, note and what it blocks. MayNotHold, or ValidationError when it blocks nothing. Locks
    the person, so that an enrollment that runs meanwhile is either before it or refused by it.
    """
    if by is not None and not can_place_hold(by):
        raise MayNotHold()
    if unknown := set(fields) - FIELDS:
        raise ValueError(f"Not a field of this deed: {', '.join(sorted(unknown))}")
    lock(student.user, by)
    hold = Hold(student=student, placed_by=by, placed_at=timezone.now(), **fields)
    hold.full_clean(exclude=["placed_by"])
    hold.save()
    notify("hold_placed", to=student.user, about=hold)
    return hold


@transaction.atomic
def release_hold(hold: Hold, *, by: Any, reason: str) -> Hold:
    """Lift a hold for a reason and return it; the student is told, and lines that passed the student over try again.

    MayNotHold, ReasonMissing, or HoldReleased when it is lifted already. Locks the person.
    """
    if by is not None and (is_oneself(by, hold.student) or not can_place_hold(by)):
        raise MayNotHold()
    if not reason.strip():
        raise ReasonMissing()
    lock(hold.student.user, by)
    fresh = Hold.objects.select_related("student__user").get(pk=hold.pk)
    if fresh.released_at:
        raise HoldReleased()
    fresh.released_by, fresh.released_at, fresh.release_reason = by, timezone.now(), reason[:300]
    fresh.save(update_fields=["released_by", "released_at", "release_reason"])
    notify("hold_released", to=fresh.student.user, about=fresh)
    try_lines(student=fresh.student)
    return fresh
