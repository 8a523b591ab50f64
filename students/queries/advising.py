"""What an advisor sees of the students who are assigned: classes, lines, and what needs a word."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from accounts.models import RoleAssignment, User
from accounts.querysets import advisees_of
from students.models import Enrollment, StudentProfile, WaitlistEntry
from students.queries.grades import posted_views


@dataclass(frozen=True)
class AdviseeRow:
    """One advisee with the classes of now; `missing` counts posted work that is due and has no score."""

    student: StudentProfile
    classes: int
    credits: Decimal
    waiting: int
    missing: int

    @property
    def needs_a_word(self) -> bool:
        return bool(self.missing) or self.student.standing != StudentProfile.Standing.GOOD


def advisees(user: Any) -> QuerySet[StudentProfile]:
    """Return the students whom `user` advises now, also when more is visible to them by another role."""
    return StudentProfile.objects.filter(user__in=advisees_of(user)).select_related("user", "program")


def advisee_rows(students: list[StudentProfile]) -> list[AdviseeRow]:
    """Return what is to be known of each, in the same few queries for any number."""
    live = list(Enrollment.objects.live().filter(student__in=students).select_related("section__term"))
    waiting = Counter(WaitlistEntry.objects.waiting().filter(student__in=students).values_list("student_id", flat=True))
    views = posted_views(live)
    own: dict[int, list[Enrollment]] = defaultdict(list)
    for enrollment in live:
        own[enrollment.student_id].append(enrollment)
    return [
        AdviseeRow(
            student,
            len(own[student.pk]),
            sum((enrollment.credit_hours for enrollment in own[student.pk]), Decimal(0)),
            waiting[student.pk],
            sum(len(views[enrollment.pk].missing) for enrollment in own[student.pk]),
        )
        for student in students
    ]


def advisors_of(person: User) -> QuerySet[RoleAssignment]:
    """Return who advises a student, those whose time has not begun among them."""
    return RoleAssignment.objects.standing().filter(advisee=person).select_related("user").order_by("valid_from", "pk")
