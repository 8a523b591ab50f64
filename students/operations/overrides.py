"""Permissions for one student to pass one rule."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.locks import lock
from courses.models import Section
from students.errors import MayNotOverride, OverrideExists, OverrideUsed, ReasonMissing
from students.models import Override, StudentProfile
from students.operations.lines import try_lines
from students.policies import can_grant_override, is_oneself


@transaction.atomic
def grant_override(
    student: StudentProfile,
    section: Section,
    kind: str,
    *,
    by: Any,
    reason: str,
    expires_at: datetime | None = None,
) -> Override:
    """Let `student` pass the rule `kind` in `section` once and return the Override. It reserves no seat.

    Raises MayNotOverride, ReasonMissing, or OverrideExists while an unused one is open. An expired one is replaced.
    """
    if is_oneself(by, student) or not can_grant_override(by, section):
        raise MayNotOverride()
    if not reason.strip():
        raise ReasonMissing()
    lock(student.user, by, section)
    return give_permission(student, section, kind, by=by, reason=reason, expires_at=expires_at)


def give_permission(
    student: StudentProfile, section: Section, kind: str, *, by: Any, reason: str, expires_at: datetime | None
) -> Override:
    """Write the permission; a line that passed the student over tries again. The caller holds the locks."""
    now = timezone.now()
    unused = Override.objects.filter(student=student, section=section, kind=kind, used_at__isnull=True)
    if unused.exclude(expires_at__lte=now).exists():
        raise OverrideExists()
    # The expired one counts as used, so that the database's promise of one open permission holds.
    unused.update(used_at=now)
    try_lines(student=student, section=section)
    return Override.objects.create(
        student=student,
        section=section,
        kind=kind,
        granted_by=by,
        reason=reason[:500],
        granted_at=now,
        expires_at=expires_at,
    )


@transaction.atomic
def revoke_override(override: Override, *, by: Any) -> Override:
    """End an unused permission now; whoever got in by it stays. OverrideUsed when it is used already."""
    if not can_grant_override(by, override.section):
        raise MayNotOverride()
    lock(override.student.user, by, override.section)
    override.refresh_from_db()
    if override.used_at:
        raise OverrideUsed()
    override.expires_at = timezone.now()
    override.save(update_fields=["expires_at"])
    return override
