"""Scores and grades: what a student may see, and the sheet of a section for those who teach it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from core.recurrence import end_of_day
from courses.models import Section
from students.errors import ClassPagesClosed, pages_closed
from students.models import (
    Enrollment,
    FinalGrade,
    FinalGradeChange,
    GradeChange,
    GradeEntry,
    GradeItem,
    StudentProfile,
)
from students.validators import INCOMPLETE, Mark, rounded

Status = Enrollment.Status
# Those who get scores and grades. Who withdrew stays on the sheet, for the W on the record.
GRADED = [Status.REGISTERED, Status.INCOMPLETE, Status.COMPLETED, Status.WITHDRAWN]
BY_NAME = (Lower("student__user__family_name"), Lower("student__user__given_name"), "pk")
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class SeenItem:
    """One posted piece of work as its student sees it."""

    item: GradeItem
    mark: Mark
    is_missing: bool

    @property
    def percent(self) -> Decimal | None:
        return None if self.mark.score is None else rounded(self.mark.score / self.item.points * HUNDRED)


@dataclass(frozen=True)
class StudentGrades:
    """What is posted of one enrollment. `total` is in percent, None while nothing counts.

    `closed` says why a student sees no work now, when the pages of the class are not open.
    """

    items: list[SeenItem] = field(default_factory=list)
    total: Decimal | None = None
    final: str = ""
    closed: ClassPagesClosed | None = None

    @property
    def missing(self) -> list[SeenItem]:
        return [seen for seen in self.items if seen.is_missing]


def weighted_total(marks: Iterable[tuple[GradeItem, Mark | None]]) -> Decimal | None:
    """Return the weighted percentage of what is scored; exempt and unscored work does not count, nor weight 0."""
    counted = [(item, mark.score) for item, mark in marks if mark and mark.score is not None and not mark.is_exempt]
    weight = sum((item.weight for item, _score in counted), Decimal(0))
    if not weight:
        return None
    return rounded(sum((item.weight * score / item.points for item, score in counted), Decimal(0)) / weight * HUNDRED)


def student_view(enrollment: Enrollment, now: datetime | None = None) -> StudentGrades:
    """Return what the student of this enrollment may see: the one calculator behind every page, answer and export."""
    return student_views([enrollment], now)[enrollment.pk]


def student_views(
    enrollments: Iterable[Enrollment], now: datetime | None = None, finals: dict[int, str] | None = None
) -> dict[int, StudentGrades]:
    """Return `student_view` of each enrollment by primary key, in three queries; the sections are at hand.

    While the pages of a class are closed to its students, the final grade is all that is left of it.
    """
    found, now = list(enrollments), now or timezone.now()
    closed = {enrollment.pk: pages_closed(enrollment.section, now) for enrollment in found}
    views = posted_views(found, now, finals)
    return {
        key: StudentGrades(final=view.final, closed=closed[key]) if closed[key] else view for key, view in views.items()
    }


def posted_view(enrollment: Enrollment) -> StudentGrades:
    return posted_views([enrollment])[enrollment.pk]


def posted_views(
    enrollments: Iterable[Enrollment], now: datetime | None = None, finals: dict[int, str] | None = None
) -> dict[int, StudentGrades]:
    """Return what is posted of each enrollment by primary key, in three queries: what staff and teachers may see.

    What is not posted is never read, so that nothing a student sees can depend on it. `finals` are the posted final
    grades where they are at hand.
    """
    found, now = list(enrollments), now or timezone.now()
    items: dict[int, list[GradeItem]] = {}
    for item in GradeItem.objects.filter(section__in={e.section_id for e in found}, posted_at__isnull=False):
        items.setdefault(item.section_id, []).append(item)
    keys = [enrollment.pk for enrollment in found]
    marks = _marks(GradeEntry.objects.filter(enrollment__in=keys, item__posted_at__isnull=False))
    if finals is None:
        posted = FinalGrade.objects.filter(enrollment__in=keys, posted_at__isnull=False)
        finals = dict(posted.values_list("enrollment_id", "grade"))
    return {e.pk: _view(items.get(e.section_id, []), marks.get(e.pk, {}), finals.get(e.pk, ""), now) for e in found}


def posted_grade() -> Subquery:
    """Return the posted final grade of an enrollment, to read along with it as `posted_grade`."""
    posted = FinalGrade.objects.filter(enrollment=OuterRef("pk"), posted_at__isnull=False)
    return Subquery(posted.values("grade")[:1])


def posted_at_hand(enrollments: Iterable[Enrollment]) -> dict[int, str]:
    """Return the posted final grades of enrollments that were read with theirs."""
    return {enrollment.pk: grade for enrollment in enrollments if (grade := getattr(enrollment, "posted_grade", None))}


def _view(items: list[GradeItem], marks: dict[int, Mark], final: str, now: datetime) -> StudentGrades:
    seen = []
    for item in items:
        mark = marks.get(item.pk, Mark())
        is_due = item.due_at is None or item.due_at <= now
        seen.append(SeenItem(item, mark, mark == Mark() and is_due))
    return StudentGrades(seen, weighted_total((row.item, row.mark) for row in seen), final)


def _marks(entries: QuerySet[GradeEntry]) -> dict[int, dict[int, Mark]]:
    """Return the marks by enrollment, then by item."""
    found: dict[int, dict[int, Mark]] = {}
    for enrollment, item, score, is_exempt in entries.values_list("enrollment_id", "item_id", "score", "is_exempt"):
        found.setdefault(enrollment, {})[item] = Mark(score, is_exempt)
    return found


def graded_enrollments(section: Section) -> QuerySet[Enrollment]:
    """Return those who get grades in the section, by name."""
    found = Enrollment.objects.filter(section=section, status__in=GRADED)
    return found.select_related("student__user").order_by(*BY_NAME)


def locked_enrollments(section: Section) -> set[int]:
    """Return the keys of enrollments whose scores are final: the grade is posted and no I, or the student withdrew."""
    final = Q(final_grade__posted_at__isnull=False) & ~Q(final_grade__grade=INCOMPLETE)
    found = Enrollment.objects.filter(final | Q(status=Status.WITHDRAWN), section=section)
    return set(found.values_list("pk", flat=True))


def all_final(section: Section) -> bool:
    """Return whether every student of the section has a posted grade that stands. False while there is none."""
    graded = set(Enrollment.objects.filter(section=section, status__in=GRADED).values_list("pk", flat=True))
    return bool(graded) and graded <= locked_enrollments(section)


def marks_of(item: GradeItem) -> dict[int, Mark]:
    """Return the marks of one item by enrollment."""
    rows = GradeEntry.objects.filter(item=item).values_list("enrollment_id", "score", "is_exempt")
    return {enrollment: Mark(score, is_exempt) for enrollment, score, is_exempt in rows}


@dataclass(frozen=True)
class SheetRow:
    """One student of a grade sheet.

    `total` counts all scored work, `posted_total` what the student sees; `submitted` is the grade that was entered
    last, posted or not.
    """

    enrollment: Enrollment
    marks: list[Mark]
    total: Decimal | None
    posted_total: Decimal | None
    submitted: str = ""
    posted: str = ""
    is_locked: bool = True

    @property
    def student(self) -> StudentProfile:
        return self.enrollment.student

    @property
    def waits(self) -> bool:
        """Whether a grade is entered that is not posted yet."""
        return bool(self.submitted) and self.submitted != self.posted


@dataclass(frozen=True)
class Sheet:
    items: list[GradeItem]
    rows: list[SheetRow]

    @property
    def waiting(self) -> int:
        return sum(row.waits for row in self.rows)

    @property
    def all_final(self) -> bool:
        """Whether every student has a posted grade that stands, as `all_final` tells of the section."""
        return bool(self.rows) and all(row.is_locked for row in self.rows)

    @property
    def table(self) -> list[tuple[SheetRow, list[tuple[GradeItem, Mark]]]]:
        """Each row with its cells, the item beside the mark."""
        return [(row, list(zip(self.items, row.marks, strict=True))) for row in self.rows]


def grade_sheet(section: Section) -> Sheet:
    """Return the whole sheet of a section, drafts included, in five queries. For those who teach it alone."""
    items = list(GradeItem.objects.filter(section=section))
    enrollments = list(graded_enrollments(section))
    marks = _marks(GradeEntry.objects.filter(item__section=section))
    finals = {final.enrollment_id: final for final in FinalGrade.objects.filter(enrollment__section=section)}
    locked = locked_enrollments(section)
    rows = []
    for enrollment in enrollments:
        own = marks.get(enrollment.pk, {})
        pairs = [(item, own.get(item.pk, Mark())) for item in items]
        final = finals.get(enrollment.pk)
        rows.append(
            SheetRow(
                enrollment,
                [mark for _item, mark in pairs],
                weighted_total(pairs),
                weighted_total((item, mark) for item, mark in pairs if item.posted_at),
                (final.amended_grade or final.grade) if final else "",
                final.grade if final and final.posted_at else "",
                enrollment.pk in locked,
            )
        )
    return Sheet(items, rows)


def posted_sheet(section: Section) -> Sheet:
    """Return the sheet as its students see it: posted work and posted grades alone, for staff."""
    items = list(GradeItem.objects.filter(section=section, posted_at__isnull=False))
    enrollments = list(graded_enrollments(section))
    views = posted_views(enrollments)
    rows = []
    for enrollment in enrollments:
        view = views[enrollment.pk]
        marks = {seen.item.pk: seen.mark for seen in view.items}
        cells = [marks.get(item.pk, Mark()) for item in items]
        rows.append(SheetRow(enrollment, cells, view.total, view.total, view.final, view.final))
    return Sheet(items, rows)


def section_is_over(section: Section, now: datetime | None = None) -> bool:
    """Return whether the section is completed or its last day is past on campus."""
    if section.status == Section.Status.COMPLETED:
        return True
    return (now or timezone.now()) >= end_of_day(section.last_day, ZoneInfo(settings.CAMPUS_TIME_ZONE))


def score_story(enrollment: Enrollment) -> list[dict[str, Any]]:
    """Return every change of the scores of an enrollment, newest first. For those who grade the section alone."""
    found = GradeChange.objects.filter(entry__enrollment=enrollment).select_related("entry__item", "actor")
    return [
        _told(
            change,
            _("%(title)s: %(step)s")
            % {
                "title": change.entry.item.title,
                "step": _step(
                    Mark(change.old_score, change.old_exempt).text, Mark(change.new_score, change.new_exempt).text
                ),
            },
        )
        for change in found.order_by("-pk")
    ]


def final_story(enrollment: Enrollment) -> list[dict[str, Any]]:
    """Return every step of the final grade, newest first. For the instructors of the section alone."""
    found = FinalGradeChange.objects.filter(final_grade__enrollment=enrollment).select_related("actor")
    posted, entered = _("%(grade)s posted"), _("%(step)s entered")
    return [
        _told(
            change,
            posted % {"grade": change.new_grade}
            if change.is_posting
            else entered % {"step": _step(change.old_grade, change.new_grade)},
        )
        for change in found.order_by("-pk")
    ]


def _step(old: str, new: str) -> str:
    if not old:
        return new
    return _("%(old)s, then %(new)s") % {"old": old, "new": new or _("nothing")}


def _told(change: GradeChange | FinalGradeChange, text: str) -> dict[str, Any]:
    who = change.actor.display_name if change.actor else _("the system")
    return {"at": change.at, "text": text, "who": who, "reason": change.reason}
