"""Take back that a course was archived or a section cancelled."""

from typing import Any

from django.db import transaction

from core.locks import lock
from courses import hooks
from courses.errors import CourseCodeTaken, CourseNotPublished, CourseWrongState
from courses.models import Course, Section
from courses.operations.fields import require
from courses.operations.sections import in_state
from courses.policies import can_edit_catalog, can_edit_sections
from courses.queries.deeds import COURSE
from notifications.operations import notify


@transaction.atomic
def restore_course(course: Course, *, by: Any) -> Course:
    """Bring an archived course back into the catalogue, published if it was ever taught, else as a draft; locks it.

    CourseWrongState for any other, CourseCodeTaken when the subject has another course of this number by now.
    """
    require(can_edit_catalog, by)
    [course] = lock(course)
    if course.status not in COURSE["restore"]:
        raise CourseWrongState(course=course.code, status=course.get_status_display())
    same = Course.objects.filter(subject=course.subject, number=course.number)
    if same.exclude(status=Course.Status.ARCHIVED).exists():
        raise CourseCodeTaken(number=course.number)
    course.status = Course.Status.PUBLISHED if course.sections.exists() else Course.Status.DRAFT
    course.save(update_fields=["status", "updated_at"])
    return course


@transaction.atomic
def restore_section(section: Section, *, by: Any) -> Section:
    """Take back that a section was cancelled, and tell its instructors; later apps bring back what they can.

    It takes no registrations until it is opened: it is closed where students had come, else planned as at first.
    SectionWrongState for any other, CourseNotPublished while its course is archived. Locks what later apps name, the
    section and its course.
    """
    require(can_edit_sections, by)
    needed = [row for find in hooks.restore_locks for row in find(section)]
    *_needed, section, course = lock(*needed, section, section.course)
    in_state(section, "restore")
    if course.status == Course.Status.ARCHIVED:
        raise CourseNotPublished(course=course.code)
    section.status = Section.Status.CLOSED
    had_students = [tell(section) for tell in hooks.section_restored]
    if not any(had_students):
        section.status = Section.Status.PLANNED
    section.save(update_fields=["status", "updated_at"])
    for row in section.section_instructors.select_related("instructor"):
        if by is None or row.instructor_id != by.pk:
            notify("section_restored", to=row.instructor, about=section)
    return section
