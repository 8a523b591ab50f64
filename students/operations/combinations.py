"""Several sections in one act: all of them or none."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.errors import Busy
from core.locks import lock, retry_once
from core.rules import Check
from courses.models import CrossListGroup, Section
from students.errors import MayNotEnroll, NothingChosen, SetRefused
from students.models import Enrollment, StudentProfile
from students.operations.enrollment import take_seat
from students.policies import can_enroll
from students.queries.registration import registration_check

ATTEMPTS = 3


class _GroupChanged(Exception):
    """A section came into a cross-list group or out of one while its lock was waited for: look again."""


def enroll_all(
    student: StudentProfile,
    sections: Iterable[Section],
    *,
    by: Any,
    source: str = Enrollment.Source.SELF,
    reason: str = "",
) -> list[Enrollment]:
    """Give `student` a seat in every one of `sections` and return the enrollments; all of them or none.

    Corequisites and sections that belong together are asked of the whole: what is taken in the same act counts. Raises
    MayNotEnroll, NothingChosen, or SetRefused with what each section says. Locks the student and the actor, then all
    sections with their cross-list groups.
    """
    wanted = list({section.pk: section for section in sections}.values())
    if not wanted:
        raise NothingChosen()
    if by is not None and not all(can_enroll(by, student, section) for section in wanted):
        raise MayNotEnroll()

    def deed() -> list[Enrollment]:
        for _attempt in range(ATTEMPTS):
            try:
                with transaction.atomic():
                    return _enroll(student, _lock(student, wanted, by), by=by, source=source, reason=reason)
            except (_GroupChanged, CrossListGroup.DoesNotExist):
                continue
        raise Busy()

    return retry_once(deed)


def _lock(student: StudentProfile, sections: list[Section], by: Any) -> list[Section]:
    seen = list(Section.objects.filter(pk__in=[one.pk for one in sections]).select_related("cross_list_group"))
    order = {one.pk: place for place, one in enumerate(sections)}
    seen.sort(key=lambda one: order[one.pk])
    groups = [one.cross_list_group for one in seen if one.cross_list_group]
    student.user, _by, *rest = lock(student.user, by, *groups, *seen)
    fresh = rest[len(groups) :]
    if [one.cross_list_group_id for one in fresh] != [one.cross_list_group_id for one in seen]:
        raise _GroupChanged
    return fresh


def _enroll(student: StudentProfile, sections: list[Section], *, by: Any, source: str, reason: str) -> list[Enrollment]:
    """Take one seat after the other, so that each sees the times and credits of those before; say all that fails."""
    now = timezone.now()
    given, refused = [], []
    for section in sections:
        check = registration_check(student, section, now, together=sections)
        if check.ok:
            given.append(take_seat(student, section, by=by, source=source, now=now, reason=reason))
        else:
            refused.append(_part(section, check))
    if refused:
        raise SetRefused(refused)
    return given


def _part(section: Section, check: Check) -> dict[str, Any]:
    first = check.failed[0]
    return {
        "section": str(section.public_id),
        "name": str(section),
        "code": first.name,
        "detail": str(first.error),
        "rules": check.as_dicts(),
    }
