"""Who is in a section."""

from typing import Any

from django.db.models import QuerySet

from courses.models import Section
from students.models import Enrollment
from students.queries.grades import BY_NAME
from students.querysets import LIVE

CURRENT = [*LIVE, Enrollment.Status.COMPLETED, Enrollment.Status.INCOMPLETE]


def roster_of(section: Section, *, former: bool = False) -> QuerySet[Enrollment]:
    """Return the enrollments of those who are in the section, by name; with `former` also of those who left."""
    found = Enrollment.objects.filter(section=section).select_related("student__user", "student__program")
    return (found if former else found.filter(status__in=CURRENT)).order_by(*BY_NAME)


def takes_part(section: Section, person: Any) -> bool:
    """Return whether `person` has a seat in the section: nobody helps to teach and grades where they are a student."""
    return Enrollment.objects.live().filter(section=section, student__user=person).exists()


def has_seat(section: Section, person: Any) -> bool:
    """Return whether `person` has a seat in the section or finished it; a place in line is none."""
    return Enrollment.objects.seated().filter(section=section, student__user_id=person.pk).exists()
