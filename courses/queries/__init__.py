"""Reading the catalogue."""

from courses.queries.deeds import course_deeds, section_deeds
from courses.queries.requirement_text import parse_requirement, requirement_text
from courses.queries.requirements import course_codes, requirement_words, requirements_said
from courses.queries.search import (
    in_order,
    matching,
    search_courses,
    search_words,
    sections_matching,
    taught_by_somebody_named,
)

__all__ = [
    "course_codes",
    "course_deeds",
    "in_order",
    "matching",
    "parse_requirement",
    "requirement_text",
    "requirement_words",
    "requirements_said",
    "search_courses",
    "search_words",
    "section_deeds",
    "sections_matching",
    "taught_by_somebody_named",
]
