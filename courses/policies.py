"""Who may do what with the catalogue."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from courses import hooks
from courses.models import Section, SectionInstructor
from courses.querysets import WRITES


def can_edit_catalog(user: Any) -> bool:
    return user.has_perm("courses.edit_catalog")


def can_edit_terms(user: Any) -> bool:
    return user.has_perm("courses.edit_terms")


def can_edit_sections(user: Any) -> bool:
    return user.has_perm("courses.edit_any_section")


def can_describe_section(user: Any, section: Section) -> bool:
    """The section's text: staff, its own instructors, and the assistants whom these let."""
    if not user.is_authenticated:
        return False
    return can_edit_sections(user) or section.section_instructors.filter(WRITES, instructor=user).exists()


def can_manage_assistants(user: Any, section: Section) -> bool:
    """Name assistants and graders and say what they may: staff, and the section's own instructors."""
    if not user.is_authenticated:
        return False
    own = section.section_instructors.filter(instructor=user, role=SectionInstructor.Role.INSTRUCTOR)
    return can_edit_sections(user) or own.exists()


def teaches(user: Any, section: Section) -> bool:
    """Whether `user` teaches in the section, in any role."""
    return bool(user.is_authenticated) and section.section_instructors.filter(instructor=user).exists()


def assists_now(user: Any) -> bool:
    """Whether `user` is a teaching assistant in a class that is not over."""
    own = SectionInstructor.objects.filter(instructor=user, role=SectionInstructor.Role.ASSISTANT)
    return own.going_on().exists()


def section_pages_open(section: Section, user: Any, now: datetime | None = None) -> bool:
    """May `user` open what is inside the class now: its texts, marks and people?

    The access window is one thing and the enrollment window another: a seat can be had before the class opens. Half
    open; without bounds always open. Staff and those who teach the section prepare and look back at any time. Whether
    somebody belongs to the class is not asked here.
    """
    now = now or timezone.now()
    starts, ends = section.access_starts_at, section.access_ends_at
    if (starts is None or starts <= now) and (ends is None or now < ends):
        return True
    return bool(user.is_authenticated) and (user.has_perm("courses.view_hidden_section") or teaches(user, section))


def can_edit_materials(user: Any, section: Section) -> bool:
    """Add and remove the files of a section: whoever may change its texts."""
    return can_describe_section(user, section)


def can_read_materials(user: Any, section: Section) -> bool:
    """Open the files of a section: staff, who teaches it, and who has a seat in it while its pages are open."""
    if not user.is_authenticated:
        return False
    if can_edit_sections(user) or teaches(user, section):
        return True
    return section_pages_open(section, user) and any(ask(section, user) for ask in hooks.is_seated)
