"""Finding courses, sections and terms."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When

from courses.models import SectionInstructor
from courses.querysets import CourseQuerySet

MOST_WORDS = 8
LONGEST = 200


def search_words(text: str) -> list[str]:
    """Return the words of a search, small and free of every sign that a query language could read."""
    plain = unicodedata.normalize("NFKC", str(text)[:LONGEST]).lower()
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


def sections_matching(queryset: Any, text: str) -> Any:
    """Keep the sections with this CRN, with these words in their own title, or of a course that matches."""
    text = str(text)[:LONGEST].strip()
    if not text:
        return queryset
    found = Q(crn__iexact=text)
    if words := search_words(text):
        found |= Q(course__search=_query(f"'{word}':*" for word in words)) | Q(title__icontains=text)
    return queryset.filter(found)


def taught_by_somebody_named(queryset: Any, name: str) -> Any:
    """Keep the sections of which one instructor has every word in a part of the name."""
    people = SectionInstructor.objects.filter(section=OuterRef("pk"))
    words = str(name)[:LONGEST].split()[:MOST_WORDS]
    for word in words:
        people = people.filter(
            Q(instructor__family_name__icontains=word)
            | Q(instructor__given_name__icontains=word)
            | Q(instructor__preferred_name__icontains=word)
        )
    return queryset.filter(Exists(people)) if words else queryset


def in_order(sections: Any) -> Any:
    """The newest term first, then as in the catalogue, with what a list shows of each."""
    rows = sections.select_related("term", "course__subject", "cross_list_group").prefetch_related(
        "section_instructors__instructor"
    )
    return rows.order_by("-term__start_date", "course__sort_key", "section_number", "pk")
