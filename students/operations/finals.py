"""Final grades: entered by the instructor, then posted; posting ends the enrollment once the class is over."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.locks import lock
from courses.models import Section
from students.errors import MarksRefused, MayNotManageGrades, NothingToPost
from students.models import Enrollment, FinalGrade, FinalGradeChange
from students.operations.history import record
from students.policies import can_manage_grades, is_oneself
from students.queries.grades import graded_enrollments, section_is_over
from students.validators import FINAL_GRADES, INCOMPLETE, WITHDRAWN

Status = Enrollment.Status


@transaction.atomic
def submit_finals(
    section: Section,
    grades: Mapping[int, str],
    *,
    by: Any,
    reason: str = "",
    seen: Mapping[int, str] | None = None,
) -> list[FinalGrade]:
    """Enter final grades by the enrollment's primary key and return those that changed; students see none of it yet.

    "" takes back one that is not posted. A posted grade stands, but after an I another may be entered. W is for those
    who withdrew, and they get no other. `seen` is as in `enter_marks`. MayNotManageGrades, or MarksRefused with every
    grade that was not accepted. All or nothing; twice is harmless. Locks the section.
    """
    section = _locked(section, by)
    found = {enrollment.pk: enrollment for enrollment in graded_enrollments(section)}
    finals = {final.enrollment_id: final for final in FinalGrade.objects.filter(enrollment__in=found)}
    cells, changed = [], []
    touched = {key: grade for key, grade in grades.items() if seen is None or grade != seen.get(key)}
    for key, grade in touched.items():
        final, enrollment = finals.get(key), found.get(key)
        was = _submitted(final)
        if enrollment is not None and grade == was:
            continue
        shown = seen.get(key, was) if seen is not None else was
        if refusal := _refusal(enrollment, final, grade, shown, by=by):
            cells.append({"enrollment": str(enrollment.public_id) if enrollment else "", "current": was, **refusal})
        elif enrollment is not None:
            changed.append((final or FinalGrade(enrollment=enrollment), grade))
    if cells:
        raise MarksRefused(cells)
    return [_enter(final, grade, by=by, reason=reason) for final, grade in changed]


def _locked(section: Section, by: Any) -> Section:
    if by is not None and not can_manage_grades(by, section):
        raise MayNotManageGrades()
    [fresh] = lock(section)
    return fresh


def _submitted(final: FinalGrade | None) -> str:
    return (final.amended_grade or final.grade) if final else ""


def _refusal(
    enrollment: Enrollment | None, final: FinalGrade | None, grade: str, shown: str, *, by: Any
) -> dict[str, str] | None:
    if enrollment is None:
        return {"code": "not_on_sheet", "detail": _("This student is not on the sheet any more.")}
    if is_oneself(by, enrollment.student):
        return {"code": "own_grade", "detail": _("Nobody grades oneself.")}
    if grade and grade not in FINAL_GRADES:
        return {"code": "grade_unknown", "detail": _("Grades are %(grades)s.") % {"grades": ", ".join(FINAL_GRADES)}}
    if final and final.posted_at and final.grade != INCOMPLETE:
        return {"code": "grade_is_final", "detail": _("The grade %(grade)s is posted.") % {"grade": final.grade}}
    if shown != _submitted(final):
        words = {"current": _submitted(final) or _("nothing"), "yours": grade or _("nothing")}
        return {
            "code": "changed_meanwhile",
            "detail": _("Somebody has changed this to %(current)s meanwhile; you typed %(yours)s.") % words,
        }
    if grade and (grade == WITHDRAWN) != (enrollment.status == Status.WITHDRAWN):
        return {"code": "withdrawn_only", "detail": _("W is for those who withdrew, and only W.")}
    return None


def _enter(final: FinalGrade, grade: str, *, by: Any, reason: str) -> FinalGrade:
    before, now = _submitted(final), timezone.now()
    if final.posted_at:  # an I, which students go on seeing
        final.amended_grade = "" if grade == final.grade else grade
    else:
        final.grade = grade
    final.submitted_by, final.submitted_at = by, now
    final.save()
    _note(final, before, _submitted(final), by=by, reason=reason, now=now)
    return final


def _note(
    final: FinalGrade, before: str, after: str, *, by: Any, now: datetime, reason: str = "", is_posting: bool = False
) -> None:
    FinalGradeChange.objects.create(
        final_grade=final,
        old_grade=before,
        new_grade=after,
        is_posting=is_posting,
        actor=by,
        reason=reason[:500],
        at=now,
    )


@transaction.atomic
def post_finals(section: Section, *, by: Any, only: Collection[int] | None = None) -> list[FinalGrade]:
    """Put the entered grades on the record, where they stand, and return them; `only` limits it to some enrollments.

    When the class is over, those who were in it have completed it (with an I: it is incomplete), as an event of the
    enrollment. MayNotManageGrades, or NothingToPost. Locks the section.
    """
    section = _locked(section, by)
    now = timezone.now()
    entered = FinalGrade.objects.filter(enrollment__in=graded_enrollments(section)).exclude(grade="", amended_grade="")
    waiting = (entered.filter(posted_at__isnull=True) | entered.exclude(amended_grade="")).order_by("pk")
    finals = [final for final in waiting if only is None or final.enrollment_id in only]
    if not finals:
        raise NothingToPost()
    for final in finals:
        before = final.grade if final.posted_at else ""
        final.grade, final.amended_grade, final.posted_at = _submitted(final), "", now
        final.save(update_fields=["grade", "amended_grade", "posted_at"])
        _note(final, before, final.grade, by=by, now=now, is_posting=True)
    if section_is_over(section, now):
        _complete(section, by=by, now=now)
    return finals


def complete_graded(now: datetime | None = None) -> int:
    """End the enrollments whose grade was posted before their class was over, and return how many; the system's deed.

    Each section by itself; twice is harmless.
    """
    now = now or timezone.now()
    done = 0
    open_still = Section.objects.filter(
        enrollments__status=Status.REGISTERED, enrollments__final_grade__posted_at__isnull=False
    )
    for section in open_still.select_related("term").distinct().order_by("pk"):
        if section_is_over(section, now):
            with transaction.atomic():
                [fresh] = lock(section)
                done += _complete(fresh, by=None, now=now)
    return done


def _complete(section: Section, *, by: Any, now: datetime) -> int:
    """Let the posted grades of a locked section end its enrollments."""
    found = Enrollment.objects.filter(section=section, final_grade__posted_at__isnull=False)
    found = found.filter(status__in=[Status.REGISTERED, Status.INCOMPLETE]).select_related("final_grade")
    done = 0
    for enrollment in found.order_by("pk"):
        after = Status.INCOMPLETE if enrollment.final_grade.grade == INCOMPLETE else Status.COMPLETED
        if enrollment.status != after:
            before, enrollment.status, enrollment.status_at = enrollment.status, after, now
            enrollment.save(update_fields=["status", "status_at"])
            record(enrollment, before, by=by, reason=_("Final grade posted"), now=now)
            done += 1
    return done
