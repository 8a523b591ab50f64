"""Who is in a class, as its other students may know: names alone, and not of those who keep theirs."""

from typing import Any

from courses.models import Section
from students.models import Enrollment
from students.queries.grades import BY_NAME


def classmates_of(section: Section, user: Any) -> list[Any]:
    """Return the people of a section whose names `user`, who is one of them, may read, in order of their names."""
    others = Enrollment.objects.seated().filter(section=section).exclude(student__user_id=user.pk)
    found = others.exclude(student__directory_hold=True).select_related("student__user").order_by(*BY_NAME)
    return [enrollment.student.user for enrollment in found]
