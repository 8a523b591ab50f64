"""How far a student has come: posted grades, missing work and credits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from students.models import Enrollment, Program, StudentProfile
from students.queries.grades import StudentGrades, posted_at_hand, posted_views, student_views
from students.querysets import LIVE
from students.validators import earns_credit, rounded

Status = Enrollment.Status
ON_RECORD = [*LIVE, Status.COMPLETED, Status.INCOMPLETE, Status.WITHDRAWN]


@dataclass(frozen=True)
class SectionProgress:
    enrollment: Enrollment
    grades: StudentGrades


@dataclass(frozen=True)
class Credits:
    """Credit hours towards a program. A course taken twice counts once."""

    program: Program | None
    earned: Decimal
    in_progress: Decimal

    @property
    def required(self) -> Decimal | None:
        return self.program.credits_required if self.program else None

    @property
    def percent(self) -> Decimal | None:
        if not self.required:
            return None
        return min(rounded(self.earned / self.required * 100), Decimal(100))

    @property
    def left(self) -> Decimal | None:
        return None if self.required is None else max(self.required - self.earned, Decimal(0))


@dataclass(frozen=True)
class Progress:
    student: StudentProfile
    credits: Credits
    sections: list[SectionProgress]

    @property
    def missing(self) -> int:
        return sum(len(row.grades.missing) for row in self.sections)


def progress_of(
    student: StudentProfile,
    now: datetime | None = None,
    *,
    for_staff: bool = False,
    enrollments: Iterable[Enrollment] | None = None,
) -> Progress:
    """Return the record of a student as the student may see it, newest term first, in four queries.

    `for_staff`, whom the access window of a class does not keep out, the work of closed classes is there too.
    `enrollments` are all of the student's, where they are at hand, as `enrollments_of` reads them, which
    saves the query for the final grades.
    """
    finals = None
    if enrollments is None:
        enrollments = (
            Enrollment.objects.filter(student=student, status__in=ON_RECORD)
            .select_related("section__course__subject", "section__term")
            .order_by("-section__term__start_date", "section__term_id", "section__course__sort_key", "pk")
        )
    else:
        enrollments = list(enrollments)
        finals = posted_at_hand(enrollments)
    enrollments = [enrollment for enrollment in enrollments if enrollment.status in ON_RECORD]
    views = (posted_views if for_staff else student_views)(enrollments, now, finals)
    rows = [SectionProgress(enrollment, views[enrollment.pk]) for enrollment in enrollments]
    return Progress(student, _credits(student.program, rows), rows)


def _credits(program: Program | None, rows: Iterable[SectionProgress]) -> Credits:
    earned: dict[int, Decimal] = {}
    current: dict[int, Decimal] = {}
    for row in rows:
        enrollment = row.enrollment
        course, hours = enrollment.section.course_id, enrollment.credit_hours
        if enrollment.status == Status.COMPLETED and earns_credit(row.grades.final):
            earned[course] = max(hours, earned.get(course, Decimal(0)))
        elif enrollment.status == Status.REGISTERED:
            current[course] = max(hours, current.get(course, Decimal(0)))
    fresh = (hours for course, hours in current.items() if course not in earned)
    return Credits(program, sum(earned.values(), Decimal(0)), sum(fresh, Decimal(0)))


def find_students(found: QuerySet[StudentProfile], q: str = "", **wanted: Any) -> QuerySet[StudentProfile]:
    """Keep the students of whom every word of `q` stands in a name, the address or the number.

    `wanted` are a program, a level and a standing; what is empty keeps everybody.
    """
    for word in q.split()[:10]:
        found = found.filter(
            Q(user__given_name__icontains=word)
            | Q(user__preferred_name__icontains=word)
            | Q(user__family_name__icontains=word)
            | Q(user__email__icontains=word)
            | Q(institutional_id__icontains=word)
        )
    return found.filter(**{name: value for name, value in wanted.items() if value})
