"""Saying requirements in words."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from courses.models import Course, Requirement
from courses.validators import leaves


def course_codes(requirements: Iterable[Requirement]) -> dict[str, str]:
    """Return the codes of all courses that the requirements name, by public id. One query."""
    named = {leaf["course"] for row in requirements for leaf in leaves(row.expression)}
    courses = Course.objects.filter(public_id__in=named).select_related("subject") if named else []
    return {str(course.public_id): course.code for course in courses}


def requirements_said(requirements: Iterable[Requirement]) -> list[tuple[str, str]]:
    """Return the kind of each requirement and what it asks for, in words. One query."""
    rows = list(requirements)
    codes = course_codes(rows)
    return [(row.get_kind_display(), requirement_words(row.expression, codes)) for row in rows]


def requirement_words(expression: dict[str, Any], codes: dict[str, str], *, inside: bool = False) -> str:
    """Say a requirement: "CSE 11 with C- or better, or CSE 8B"."""
    for word, joint in (("all", _(" and ")), ("any", _(" or "))):
        if word in expression:
            parts = [requirement_words(child, codes, inside=True) for child in expression[word]]
            text = joint.join(parts)
            return f"({text})" if inside and len(parts) > 1 else text
    text = codes.get(expression["course"], _("a course that is gone"))
    if grade := expression.get("min_grade"):
        text = _("%(course)s with %(grade)s or better") % {"course": text, "grade": grade}
    if expression.get("concurrent_ok"):
        text = _("%(course)s (may be taken at the same time)") % {"course": text}
    return text
