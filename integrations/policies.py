"""Who may bring data in."""

from typing import Any

from courses.policies import can_edit_catalog, can_edit_sections


def can_import_catalog(user: Any) -> bool:
    return can_edit_catalog(user)


def can_import_schedule(user: Any) -> bool:
    """A schedule brings courses, sections, rooms and meetings at once."""
    rooms = user.has_perm("scheduling.edit_rooms") and user.has_perm("scheduling.edit_meetings")
    return bool(can_edit_catalog(user) and can_edit_sections(user) and rooms)


def can_import_enrollments(user: Any) -> bool:
    """A roster enrolls and drops, and a run can be undone by whoever may do both."""
    return bool(user.has_perms(["students.enroll_any_student", "students.drop_any_student"]))
