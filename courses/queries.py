"""Finding courses, and saying requirements in words."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext as _

from courses.models import Course, Requirement
from courses.querysets import CourseQuerySet
from courses.validators import leaves

MOST_WORDS = 8
LONGEST = 200


def search_words(text: str) -> list[str]:
    """Return the words of a search, small and free of every sign that a query language could read."""
    plain = unicodedata.normalize("NFC", str(text)[:LONGEST]).lower()
    return re.findall(r"[^\W_]+", plain)[:MOST_WORDS]


def matching(queryset: Any, text: str, *, path: str = "") -> Any:
    """Keep what has every word of `text`, or a word that begins so; `path` leads to the course: "course__".

    No text keeps all; a text without any word keeps nothing.
    """
    words = search_words(text)
    if not words:
        return queryset.none() if str(text).strip() else queryset
    return queryset.filter(Q(**{f"{path}search": _query(f"'{word}':*" for word in words)}))


def search_courses(queryset: CourseQuerySet, text: str) -> CourseQuerySet:
    """Return the courses that match: the one of this code first, then by code and title, then by description."""
    found = matching(queryset, text)
    words = search_words(text)
    if not words:
        return found
    exact = _query([f"'{''.join(words)}':A"])
    named = _query(f"'{word}':*AB" for word in words)
    rank = Case(
        When(search=exact, then=Value(0)),
        When(search=named, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return found.annotate(rank=rank).order_by("rank", "sort_key", "pk")


def _query(parts: Iterable[str]) -> SearchQuery:
    return SearchQuery(" & ".join(parts), search_type="raw", config="simple")


def course_codes(requirements: Iterable[Requirement]) -> dict[str, str]:
    """Return the codes of all courses that the requirements name, by public id. One query."""
    named = {leaf["course"] for row in requirements for leaf in leaves(row.expression)}
    courses = Course.objects.filter(public_id__in=named).select_related("subject") if named else []
    return {str(course.public_id): course.code for course in courses}


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
