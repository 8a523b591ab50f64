"""Who may do what with rooms and times."""

from typing import Any

from accounts.models import User
from accounts.policies import advises


def can_edit_rooms(user: Any) -> bool:
    """Buildings, rooms and closures."""
    return bool(user.has_perm("scheduling.edit_rooms"))


def can_edit_meetings(user: Any) -> bool:
    return bool(user.has_perm("scheduling.edit_meetings"))


def can_resolve_clashes(user: Any) -> bool:
    """See the clash report, and keep a clash with a reason."""
    return bool(user.has_perm("scheduling.resolve_clashes"))


def can_see_any_week(user: Any) -> bool:
    """The timetables of all people."""
    return bool(user.has_perm("scheduling.view_any_timetable"))


def can_see_week_of(user: Any, person: User) -> bool:
    """The timetable of a person: one's own, those who look after all of them, and a student's advisor."""
    if not user.is_authenticated:
        return False
    return user.pk == person.pk or can_see_any_week(user) or advises(user, person)


def can_roll_over(user: Any) -> bool:
    """Copy the sections of a term into another, with their meetings."""
    return bool(user.has_perms(["courses.edit_any_section", "scheduling.edit_meetings"]))
