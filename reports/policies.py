"""Who may read figures. What a list shows of people is asked of the app that owns them."""

from typing import Any

from django.db.models import QuerySet

from courses.models import SectionInstructor
from courses.policies import can_edit_sections


def can_see_all_figures(user: Any) -> bool:
    return can_edit_sections(user)


def can_see_figures(user: Any) -> bool:
    """Figures of enrollment: staff see all sections, instructors their own; assistants and advisors none."""
    return can_see_all_figures(user) or instructed(user).exists()


def instructed(user: Any) -> QuerySet[SectionInstructor]:
    """Return the rows by which `user` is instructor of a section."""
    return SectionInstructor.objects.filter(instructor=user, role=SectionInstructor.Role.INSTRUCTOR)
