"""Does a student's record satisfy a requirement, and if not, what is missing in words?"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from courses.models import Course, Requirement, Section, Term
from courses.validators import GRADES, leaves
from students.models import Enrollment, StudentProfile
from students.querysets import LIVE
from students.validators import NO_CREDIT


@dataclass(frozen=True)
class Taken:
    """One seat of a student, present or past, as the rules look at it."""

    section_id: int
    course_id: int
    course: str
    code: str
    term_id: int
    whole_id: int
    status: str
    credits: Decimal
    grade: str
    holds_until: datetime | None
    linked_to_id: int | None
    schedule_type: str

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


class Record:
    """What a section asks for, and what one student has done or is doing.

    Three queries, two when it asks for nothing. The sections that are taken `together` with it count as in progress.
    """

    def __init__(self, student: StudentProfile | None, section: Section, together: Iterable[Section] = ()) -> None:
        self.asked = requirements_of(section)
        named = {uuid.UUID(leaf["course"]) for row in self.asked for leaf in leaves(row.expression)}
        found = Course.objects.filter(public_id__in=named).select_related("subject") if named else []
        self.codes = {str(course.public_id): course.code for course in found}
        taken = [] if student is None or student.pk is None else _taken(student)
        self.taken = [row for row in taken if row.section_id != section.pk]
        self.together = [other for other in together if other.pk != section.pk]
        self.completed: dict[str, set[str]] = {}
        self.current = {str(other.course.public_id) for other in self.together}
        for row in self.taken:
            if row.is_live:
                self.current.add(row.course)
            else:
                self.completed.setdefault(row.course, set()).add(row.grade)

    def in_course(self, section: Section) -> list[Taken]:
        """Return the student's seats in other sections of the same course in the same term, those of this act too."""
        same = [row for row in self.taken if row.is_live and row.course_id == section.course_id]
        held = [row for row in same if row.term_id == section.term_id]
        known = {row.section_id for row in held}
        acts = [other for other in self.together if other.course_id == section.course_id and other.pk not in known]
        return [*held, *(_as_taken(other) for other in acts)]

    def completions(self, course_id: int) -> int:
        """Return how often a course was completed for credit.

        A grade that is not posted must not show through what it allows, so it counts.
        """
        done = [row for row in self.taken if not row.is_live and row.course_id == course_id]
        return sum(not row.grade or row.grade not in NO_CREDIT for row in done)

    def load(self, term: Term, now: datetime) -> Decimal:
        """Return the credits of the student's other seats in a whole term; audited ones and places in line have none.

        What is taken in the same act is on the record by the time its rules are asked.
        """
        return sum((row.credits for row in self.taken if row.whole_id == term.pk and _counts(row, now)), Decimal(0))

    def satisfies(self, node: dict[str, Any]) -> bool:
        """Return whether the tree holds. What is in progress counts only where the leaf lets it."""
        if "all" in node:
            return all(self.satisfies(child) for child in node["all"])
        if "any" in node:
            return any(self.satisfies(child) for child in node["any"])
        course = str(uuid.UUID(node["course"]))
        if node.get("concurrent_ok") and course in self.current:
            return True
        return any(_reaches(grade, node.get("min_grade")) for grade in self.completed.get(course, ()))

    def touches(self, node: dict[str, Any]) -> bool:
        """Return whether the student has or takes any course of the tree."""
        named = {str(uuid.UUID(leaf["course"])) for leaf in leaves(node)}
        return bool(named & (self.current | set(self.completed)))

    def words(self, node: dict[str, Any], inner: bool = False) -> str:
        """Return the tree as people say it: "CSE 20 (C or better) and (CSE 21 or MATH 15)"."""
        for word, joint in (("all", _(" and ")), ("any", _(" or "))):
            if word in node:
                text = joint.join(self.words(child, inner=True) for child in node[word])
                return f"({text})" if inner and len(node[word]) > 1 else text
        text = self.codes.get(str(uuid.UUID(node["course"])), _("a course that is not in the catalogue"))
        if grade := node.get("min_grade"):
            text = _("%(course)s (%(grade)s or better)") % {"course": text, "grade": grade}
        if node.get("concurrent_ok"):
            text = _("%(course)s (may be taken in the same term)") % {"course": text}
        return text


FACTS = (
    "section_id", "section__course_id", "section__course__public_id", "section__course__subject__code",
    "section__course__number", "section__section_number", "section__term_id", "section__term__kind",
    "section__term__parent_id", "status", "credit_hours", "final_grade__grade", "final_grade__posted_at",
    "hold_expires_at", "section__linked_to_id", "section__schedule_type",
)  # fmt: skip


def _taken(student: StudentProfile) -> list[Taken]:
    rows = Enrollment.objects.filter(student_id=student.pk, status__in=[*LIVE, Enrollment.Status.COMPLETED])
    return [_read(*row) for row in rows.order_by("pk").values_list(*FACTS)]


def _read(
    section: int, course_id: int, course: uuid.UUID, subject: str, number: str, part: str, term: int, kind: str,
    parent: int | None, status: str, credits: Decimal, grade: str | None, posted_at: datetime | None,
    until: datetime | None, linked_to: int | None, schedule_type: str,
) -> Taken:  # fmt: skip
    whole = parent if kind == Term.Kind.PART_OF_TERM and parent is not None else term
    # A grade that is not posted must not show through what it opens.
    shown = grade if grade and posted_at else ""
    code = f"{subject} {number} {part}"
    return Taken(
        section, course_id, str(course), code, term, whole, status, credits, shown, until, linked_to, schedule_type
    )


def _as_taken(section: Section) -> Taken:
    course, term = section.course, section.term
    return Taken(
        section.pk, course.pk, str(course.public_id), str(section), term.pk, term.whole.pk, "registered",
        section.credits, "", None, section.linked_to_id, section.schedule_type,
    )  # fmt: skip


def _counts(row: Taken, now: datetime) -> bool:
    """Return whether a seat counts to the load: taken, or held until it is paid."""
    if row.status == Enrollment.Status.PENDING_PAYMENT:
        return row.holds_until is not None and row.holds_until > now
    return row.status == Enrollment.Status.REGISTERED


def _reaches(grade: str, least: str | None) -> bool:
    if least is None:
        return grade not in NO_CREDIT
    return grade in GRADES and GRADES.index(grade) <= GRADES.index(least)


def requirements_of(section: Section) -> list[Requirement]:
    """Return the requirements of the section and of its course."""
    return list(Requirement.objects.filter(section=section) | Requirement.objects.filter(course_id=section.course_id))


def requirements_in_words(record: Record) -> list[str]:
    """Return what the section asks for, one sentence each."""
    sentences = {
        Requirement.Kind.PREREQ: _("Needed before: %(courses)s."),
        Requirement.Kind.ANTIREQ: _("Not together with or after: %(courses)s."),
    }
    return [sentences[Requirement.Kind(row.kind)] % {"courses": record.words(row.expression)} for row in record.asked]
