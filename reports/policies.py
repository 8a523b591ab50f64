"""Who may read figures. What a list shows of people is asked of the app that owns them."""

from typing import Any

from courses.policies import can_edit_sections


def can_see_all_figures(user: Any) -> bool:
    return can_edit_sections(user)


def can_see_figures(user: Any) -> bool:
    """Figures of enrollment: staff see all sections, those who teach their own."""
    return can_see_all_figures(user) or bool(user.has_perm("appointments.host_appointments"))
