"""Graded work: make it, weigh it, post it, and enter its scores. Every change of a score is kept."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from core.locks import lock
from courses.models import Section
from students.errors import (
    GradesFinal,
    ItemHasScores,
    MarksRefused,
    MayNotGrade,
    MayNotManageGrades,
    PointsBelowScores,
)
from students.models import Enrollment, GradeChange, GradeEntry, GradeItem
from students.policies import can_grade, can_manage_grades, is_oneself
from students.queries.grades import all_final, graded_enrollments, locked_enrollments, marks_of
from students.validators import Mark

FIELDS = ("title", "weight", "points", "due_at")


@transaction.atomic
def create_item(
    section: Section,
    *,
    by: Any,
    title: str,
    weight: Decimal = Decimal(1),
    points: Decimal = Decimal(100),
    due_at: datetime | None = None,
) -> GradeItem:
    """Add a piece of graded work to a section and return it, not posted yet. Locks the section.

    MayNotManageGrades for all but its instructors, GradesFinal once every final grade is posted.
    """
    section = _managed(section, by)
    item = GradeItem(section=section, title=title, weight=weight, points=points, due_at=due_at)
    item.full_clean()
    item.save()
    return item


@transaction.atomic
def change_item(item: GradeItem, *, by: Any, **fields: Any) -> GradeItem:
    """Change title, weight, points or due date; locks the section.

    Scores stay what they are, so points cannot fall below one: PointsBelowScores. Otherwise as `create_item`.
    """
    if unknown := set(fields) - set(FIELDS):
        raise ValueError(f"Not a field of this deed: {', '.join(sorted(unknown))}")
    item = _fresh(item, by)
    for name, value in fields.items():
        setattr(item, name, value)
    item.full_clean()
    highest = item.entries.aggregate(highest=Max("score"))["highest"]
    if highest is not None and highest > item.points:
        raise PointsBelowScores(highest=highest)
    item.save(update_fields=list(FIELDS))
    return item


@transaction.atomic
def remove_item(item: GradeItem, *, by: Any) -> None:
    """Take back an item that was made by mistake. ItemHasScores once anything was entered: grades are never deleted."""
    item = _fresh(item, by)
    if item.entries.exists():
        raise ItemHasScores(title=item.title)
    item.delete()


@transaction.atomic
def post_item(item: GradeItem, *, by: Any) -> GradeItem:
    """Let students see the item and its scores, and count it in their totals; twice is harmless. Locks the section."""
    item = _fresh(item, by)
    if item.posted_at is None:
        item.posted_at = timezone.now()
        item.save(update_fields=["posted_at"])
    return item


@transaction.atomic
def unpost_item(item: GradeItem, *, by: Any) -> GradeItem:
    """Hide the item and its scores from students again; twice is harmless. Locks the section."""
    item = _fresh(item, by)
    if item.posted_at is not None:
        item.posted_at = None
        item.save(update_fields=["posted_at"])
    return item


def _managed(section: Section, by: Any) -> Section:
    if by is not None and not can_manage_grades(by, section):
        raise MayNotManageGrades()
    [fresh] = lock(section)
    if all_final(fresh):
        raise GradesFinal()
    return fresh


def _fresh(item: GradeItem, by: Any) -> GradeItem:
    section = _managed(item.section, by)
    fresh = GradeItem.objects.get(pk=item.pk)
    fresh.section = section
    return fresh


@transaction.atomic
def enter_marks(
    item: GradeItem,
    marks: Mapping[int, Mark],
    *,
    by: Any,
    reason: str = "",
    seen: Mapping[int, Mark] | None = None,
) -> list[GradeChange]:
    """Set the marks of enrollments, by primary key, in one item and return the changes. All or nothing.

    `seen` is what the caller was shown: a mark that is left as shown is not touched, and one that somebody else has
    changed since is refused with both values. Twice is harmless. MayNotGrade, or MarksRefused with every cell that was
    not accepted. Locks the section.
    """
    if by is not None and not can_grade(by, item.section):
        raise MayNotGrade()
    [section] = lock(item.section)
    item = GradeItem.objects.get(pk=item.pk)
    found = {enrollment.pk: enrollment for enrollment in graded_enrollments(section)}
    current, locked = marks_of(item), locked_enrollments(section)
    touched = {key: mark for key, mark in marks.items() if seen is None or key not in seen or mark != seen[key]}
    changed = {key: mark for key, mark in touched.items() if key not in found or mark != current.get(key, Mark())}
    cells = []
    for key, mark in changed.items():
        was = current.get(key, Mark())
        shown = seen.get(key, was) if seen is not None else was
        if refusal := _refusal(item, mark, was, shown, is_locked=key in locked, enrollment=found.get(key), by=by):
            cells.append({"enrollment": _id_of(found.get(key)), "current": was.text, **refusal})
    if cells:
        raise MarksRefused(cells)
    return _write(item, changed, current, by=by, reason=reason)


def _id_of(enrollment: Enrollment | None) -> str:
    return str(enrollment.public_id) if enrollment else ""


def _refusal(
    item: GradeItem,
    mark: Mark,
    was: Mark,
    shown: Mark,
    *,
    is_locked: bool,
    enrollment: Enrollment | None,
    by: Any,
) -> dict[str, Any] | None:
    if enrollment is None:
        return {"code": "not_on_sheet", "detail": _("This student is not on the sheet any more.")}
    if is_oneself(by, enrollment.student):
        return {"code": "own_grade", "detail": _("Nobody grades oneself.")}
    if is_locked:
        return {"code": "grade_is_final", "detail": _("The final grade is posted; the score stays.")}
    if shown != was:
        words = {"current": was.text or _("nothing"), "yours": mark.text or _("nothing")}
        return {
            "code": "changed_meanwhile",
            "detail": _("Somebody has changed this to %(current)s meanwhile; you typed %(yours)s.") % words,
        }
    if mark.score is not None and not 0 <= mark.score <= item.points:
        return {
            "code": "out_of_range",
            "detail": _("The score is from 0 to %(points)s.") % {"points": Mark(item.points).text},
        }
    return None


def _write(
    item: GradeItem, changed: Mapping[int, Mark], current: Mapping[int, Mark], *, by: Any, reason: str
) -> list[GradeChange]:
    now = timezone.now()
    entries = GradeEntry.objects.bulk_create(
        (
            GradeEntry(item=item, enrollment_id=key, score=mark.score, is_exempt=mark.is_exempt)
            for key, mark in changed.items()
        ),
        update_conflicts=True,
        unique_fields=["item", "enrollment"],
        update_fields=["score", "is_exempt", "updated_at"],
    )
    changes = []
    for entry in entries:
        was = current.get(entry.enrollment_id, Mark())
        changes.append(
            GradeChange(
                entry=entry,
                old_score=was.score,
                new_score=entry.score,
                old_exempt=was.is_exempt,
                new_exempt=entry.is_exempt,
                actor=by,
                reason=reason[:500],
                at=now,
            )
        )
    return GradeChange.objects.bulk_create(changes)
