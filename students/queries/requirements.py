"""Does a student's record satisfy a requirement, and if not, what is missing in words?"""

import uuid
from typing import Any

from django.utils.translation import gettext as _

from courses.models import Course, Requirement, Section
from courses.validators import GRADES, leaves
from students.models import Enrollment, StudentProfile
from students.querysets import LIVE
from students.validators import NO_CREDIT


class Record:
    """What a section asks for, and what one student has done or is doing in the courses it names.

    Three queries, one when it asks for nothing.
    """

    def __init__(self, student: StudentProfile | None, section: Section) -> None:
        self.asked = requirements_of(section)
        named = {uuid.UUID(leaf["course"]) for row in self.asked for leaf in leaves(row.expression)}
        found = Course.objects.filter(public_id__in=named).select_related("subject") if named else []
        self.codes = {str(course.public_id): course.code for course in found}
        self.completed: dict[str, set[str]] = {}
        self.current: set[str] = set()
        if student is None or not named:
            return
        taken = Enrollment.objects.filter(student_id=student.pk, section__course__public_id__in=named)
        taken = taken.filter(status__in=[*LIVE, Enrollment.Status.COMPLETED])
        facts = ("section__course__public_id", "status", "final_grade__grade", "final_grade__posted_at")
        for course, status, grade, posted_at in taken.values_list(*facts):
            if status == Enrollment.Status.COMPLETED:
                # A grade that is not posted must not show through what it opens.
                self.completed.setdefault(str(course), set()).add(grade if grade and posted_at else "")
            else:
                self.current.add(str(course))

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
