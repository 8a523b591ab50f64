"""Requests for exceptions: a student asks, the instructor or staff answer."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.locks import lock
from courses.models import Section, SectionInstructor
from notifications.operations import notify
from students.errors import MayNotAnswer, MayNotEnroll, ReasonMissing, RequestClosed, RequestNotNeeded, RequestOpen
from students.models import OverrideRequest, StudentProfile
from students.operations.overrides import give_permission
from students.policies import can_answer_request, can_enroll
from students.queries.registration import registration_check
from students.querysets import LIFTED_BY_INSTRUCTORS

State = OverrideRequest.State


@transaction.atomic
def request_override(
    student: StudentProfile, section: Section, kind: str, *, by: Any, message: str = ""
) -> OverrideRequest:
    """Ask that the rule `kind` be lifted for `student` in `section` and return the request.

    Raises MayNotEnroll, RequestNotNeeded when no rule that fails is lifted by this kind, or RequestOpen. Tells the
    instructor of record when instructors may answer. Locks the student and the section.
    """
    if by is not None and not can_enroll(by, student, section):
        raise MayNotEnroll()
    student.user, section = lock(student.user, section)
    if OverrideRequest.objects.open().filter(student=student, section=section, kind=kind).exists():
        raise RequestOpen()
    failed = registration_check(student, section).failed
    if kind not in {rule.lifted_with for rule in failed}:
        raise RequestNotNeeded()
    asked = OverrideRequest.objects.create(student=student, section=section, kind=kind, message=message[:500])
    if kind in LIFTED_BY_INSTRUCTORS:
        _tell_instructor(asked)
    return asked


def _tell_instructor(asked: OverrideRequest) -> None:
    of_record = SectionInstructor.objects.filter(section=asked.section, is_primary=True).select_related("instructor")
    if row := of_record.first():
        notify("override_requested", to=row.instructor, about=asked)


@transaction.atomic
def withdraw_request(asked: OverrideRequest, *, by: Any) -> OverrideRequest:
    """Take an open request back, by whoever may enroll the student; RequestClosed when it is over already."""
    if by is not None and not can_enroll(by, asked.student, asked.section):
        raise MayNotEnroll()
    fresh = _lock_open(asked, by)
    return _close(fresh, State.WITHDRAWN, by=by, reason="")


@transaction.atomic
def grant_request(
    asked: OverrideRequest, *, by: Any, reason: str, expires_at: datetime | None = None
) -> OverrideRequest:
    """Give the permission that was asked for, for a reason that the student is told; it reserves no seat.

    Raises MayNotAnswer, ReasonMissing, RequestClosed, or OverrideExists.
    """
    _may_answer(asked, by, reason)
    fresh = _lock_open(asked, by)
    give_permission(fresh.student, fresh.section, fresh.kind, by=by, reason=reason, expires_at=expires_at)
    return _close(fresh, State.GRANTED, by=by, reason=reason)


@transaction.atomic
def decline_request(asked: OverrideRequest, *, by: Any, reason: str) -> OverrideRequest:
    """Refuse what was asked for, for a reason that the student is told. MayNotAnswer, ReasonMissing, RequestClosed."""
    _may_answer(asked, by, reason)
    return _close(_lock_open(asked, by), State.DECLINED, by=by, reason=reason)


def _may_answer(asked: OverrideRequest, by: Any, reason: str) -> None:
    if not can_answer_request(by, asked):
        raise MayNotAnswer()
    if not reason.strip():
        raise ReasonMissing()


def _lock_open(asked: OverrideRequest, by: Any) -> OverrideRequest:
    lock(asked.student.user, by, asked.section)
    fresh = OverrideRequest.objects.select_related("student__user", "section").get(pk=asked.pk)
    if fresh.state != State.OPEN:
        raise RequestClosed(state=fresh.get_state_display())
    return fresh


def _close(asked: OverrideRequest, state: str, *, by: Any, reason: str) -> OverrideRequest:
    asked.state, asked.decided_by, asked.decided_at, asked.reason = state, by, timezone.now(), reason[:500]
    asked.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    if state != State.WITHDRAWN:
        notify("override_answered", to=asked.student.user, about=asked)
    return asked
