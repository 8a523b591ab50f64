"""Instead of a section that is full or at a bad time: others of the same course with a free seat."""

from dataclasses import dataclass
from typing import Any

from courses.models import Section
from students.models import StudentProfile
from students.queries.class_search import Row, rows_of
from students.queries.combinations import Option, free_of
from students.queries.plans import own_times, sections_of, times_of


@dataclass(frozen=True)
class Alternative:
    """A section with a free seat; `fits` where it overlaps nothing that the student has."""

    row: Row
    fits: bool


def alternatives(student: StudentProfile | None, section: Section, user: Any) -> list[Alternative]:
    """Return the other open sections of the course in the term in which a newcomer gets a seat, those that fit first.

    A lab that belongs to a lecture is none: it is taken along with its lecture.
    """
    found = sections_of(section.term, user).filter(course=section.course_id, linked_to=section.linked_to_id)
    rows = [row for row in rows_of(found.exclude(pk=section.pk)) if row.seats.has_free and not row.seats.waiting]
    times = times_of([row.section.pk for row in rows])
    options = [Option((row.section.pk,), tuple(times.get(row.section.pk, ()))) for row in rows]
    free = {option.key[0] for option in free_of(options, own_times(student, section.term))}
    return sorted((Alternative(row, row.section.pk in free) for row in rows), key=lambda one: not one.fits)
