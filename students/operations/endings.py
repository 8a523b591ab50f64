"""How a seat ends: the row stays, its status changes, the student is told."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.rules import Check
from courses.models import Section
from students.errors import DropDeadlinePassed, NotEnrolled, WithdrawDeadlinePassed, said
from students.models import Enrollment, WaitlistEntry
from students.operations.history import record
from students.policies import can_drop_late
from students.queries.personal import drop_rule

T = TypeVar("T")


class _Undo(Exception):
    """What was tried is taken back."""


def end_seat(enrollment: Enrollment, status: str, *, by: Any, reason: str, now: datetime) -> Enrollment:
    """Give the enrollment its last status and return it; NotEnrolled, or the deadline that has passed for `by`.

    The caller holds the locks of the student and of the section.
    """
    fresh = Enrollment.objects.select_related("student__user", "section__term").get(pk=enrollment.pk)
    if not fresh.is_live:
        raise NotEnrolled()
    if by is not None and not can_drop_late(by, fresh.student):
        in_time(fresh.section, status, now)
        Check([drop_rule(fresh.student)]).raise_refusal()
    before, fresh.status, fresh.status_at = fresh.status, status, now
    fresh.save(update_fields=["status", "status_at"])
    record(fresh, before, by=by, reason=reason, now=now)
    return fresh


def in_time(section: Section, status: str, now: datetime) -> None:
    """Raise the deadline of a student that has passed."""
    last = section.term.in_force("drop_deadline")
    if status == Enrollment.Status.WITHDRAWN:
        last = section.term.in_force("withdraw_deadline")
        if last and now >= last:
            raise WithdrawDeadlinePassed(when=said(last))
    elif last and now >= last:
        raise DropDeadlinePassed(when=said(last))


def swapped(entry: WaitlistEntry) -> Enrollment | None:
    """Return the class that is given up for this place in line, None when there is none or it has ended already."""
    if entry.swap_enrollment_id is None:
        return None
    found = Enrollment.objects.live().select_related("student", "section__term", "section__course__subject")
    return found.filter(pk=entry.swap_enrollment_id).first()


def give_up(enrollment: Enrollment, section: Section, *, by: Any, now: datetime) -> Enrollment:
    """Drop the enrollment for a seat in `section` that is given in the same transaction."""
    reason = _("Swapped for %(section)s") % {"section": section}
    return end_seat(enrollment, Enrollment.Status.DROPPED, by=by, reason=reason, now=now)


def may_give_up(enrollment: Enrollment, now: datetime) -> DomainError | None:
    """Return why the student cannot drop this class any more, None when nothing stands against it."""
    try:
        in_time(enrollment.section, Enrollment.Status.DROPPED, now)
        Check([drop_rule(enrollment.student)]).raise_refusal()
    except DomainError as exc:
        return exc
    return None


def as_if_given_up(enrollment: Enrollment | None, ask: Callable[[], T]) -> T:
    """Return the answer of `ask` as it would be without the enrollment, which stays as it is."""
    if enrollment is None:
        return ask()
    answers: list[T] = []
    try:
        with transaction.atomic():
            Enrollment.objects.filter(pk=enrollment.pk).update(status=Enrollment.Status.DROPPED)
            answers.append(ask())
            raise _Undo
    except _Undo:
        return answers[0]
