"""The deeds of the catalogue."""

from courses.operations.assistants import add_assistant, change_assistant, remove_assistant
from courses.operations.catalogue import (
    archive_course,
    change_course,
    change_subject,
    change_term,
    create_course,
    create_subject,
    create_term,
    publish_course,
)
from courses.operations.materials import add_material, remove_material
from courses.operations.requirements import set_requirement
from courses.operations.restoring import restore_course, restore_section
from courses.operations.sections import (
    cancel_section,
    change_section,
    close_section,
    complete_section,
    create_section,
    cross_list,
    end_cross_list,
    on_seats_changed,
    open_section,
    set_combined_capacity,
    set_instructors,
)

__all__ = [
    "add_assistant",
    "add_material",
    "archive_course",
    "cancel_section",
    "change_assistant",
    "change_course",
    "change_section",
    "change_subject",
    "change_term",
    "close_section",
    "complete_section",
    "create_course",
    "create_section",
    "create_subject",
    "create_term",
    "cross_list",
    "end_cross_list",
    "on_seats_changed",
    "open_section",
    "publish_course",
    "remove_assistant",
    "remove_material",
    "restore_course",
    "restore_section",
    "set_combined_capacity",
    "set_instructors",
    "set_requirement",
]
