"""Who may do what with the catalogue."""

from typing import Any

from courses.models import Section, SectionInstructor


def can_edit_catalog(user: Any) -> bool:
    return user.has_perm("courses.edit_catalog")


def can_edit_terms(user: Any) -> bool:
    return user.has_perm("courses.edit_terms")


def can_edit_sections(user: Any) -> bool:
    return user.has_perm("courses.edit_any_section")


def can_describe_section(user: Any, section: Section) -> bool:
    """The section's text: staff, and its own instructors (not its assistants and graders)."""
    if not user.is_authenticated:
        return False
    return (
        can_edit_sections(user)
        or section.section_instructors.filter(instructor=user, role=SectionInstructor.Role.INSTRUCTOR).exists()
    )
