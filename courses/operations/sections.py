"""Sections: making, changing, their states, their people, and those that are one class."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from accounts.models import User
from core.errors import Busy, NotAllowed
from core.locks import lock
from courses import hooks
from courses.errors import (
    CourseNotPublished,
    CreditsOutOfRange,
    CrnTaken,
    CrossListCourses,
    CrossListedAlready,
    CrossListNeedsTwo,
    CrossListTerms,
    InstructorInactive,
    InstructorTwice,
    LinkRefused,
    NotCrossListed,
    OnePrimary,
    SectionNumberTaken,
    SectionWrongState,
    TakesTheClass,
)
from courses.models import Course, CrossListGroup, Section, SectionInstructor, Term
from courses.operations.fields import assign, require
from courses.policies import can_describe_section, can_edit_sections
from courses.queries.deeds import SECTION
from notifications.operations import notify

OWN_FIELDS = {"description"}
FIELDS = OWN_FIELDS | {
    "crn", "section_number", "title", "schedule_type", "instructional_method", "capacity", "waitlist_mode",
    "waitlist_capacity", "offer_hours", "waitlist_closes_at",
    "credit_hours", "start_date", "end_date", "registration_opens_at", "registration_closes_at",
    "access_starts_at", "access_ends_at", "minimum_enrollment", "approval", "linked_to",
}  # fmt: skip


def on_seats_changed(section: Section, locked: set[int]) -> None:
    """Tell later apps, in this transaction, that `section` may have more seats; `locked` are keys of locked people."""
    for tell in hooks.seats_changed:
        tell(section, locked)


def _lock_with_takers(sections: list[Section], more: int | None, *others: Any) -> tuple[list[Any], set[int]]:
    """Lock sections, what else is given, and those who may get their next seats: `more`, None for no limit.

    Return the fresh sections and others, and the keys of the people who are locked: none of them when a section has
    come into another group meanwhile, whose seats it shares.
    """
    takers = [row for section in sections for find in hooks.seat_takers for row in find(section, more)]
    try:
        fresh = lock(*takers, *sections, *others)[len(takers) :]
    except CrossListGroup.DoesNotExist as exc:
        raise Busy() from exc  # the class was parted while its lock was waited for
    groups = {None, *(row.pk for row in takers if isinstance(row, CrossListGroup))}
    if any(section.cross_list_group_id not in groups for section in fresh[: len(sections)]):
        return fresh, set()
    return fresh, {row.pk for row in takers if isinstance(row, User)}


@transaction.atomic
def create_section(course: Course, term: Term, *, by: Any, **fields: Any) -> Section:
    """Plan a section of a course in a term; locks both. CourseNotPublished, CrnTaken, SectionNumberTaken."""
    require(can_edit_sections, by)
    course, term = lock(course, term)
    if course.status == Course.Status.ARCHIVED:
        raise CourseNotPublished(course=course.code)
    section = Section(course=course, term=term)
    assign(section, fields, FIELDS)
    _check(section, fields)
    section.save()
    return section


@transaction.atomic
def change_section(section: Section, *, by: Any, **fields: Any) -> Section:
    """Change the given fields. Its own instructors change its description only.

    When it may have more seats, later apps hear of it in the same transaction and fill them. Locks those who may get
    them, then the section.
    """
    require(can_describe_section, by, section)
    if by is not None and not can_edit_sections(by) and set(fields) - OWN_FIELDS:
        raise NotAllowed()
    gain = _gain(section.capacity, fields.get("capacity", section.capacity))
    [section], locked = _lock_with_takers([section], gain) if gain != 0 else (lock(section), set())
    in_state(section, "change")
    before = section.capacity
    if changed := assign(section, fields, FIELDS):
        _check(section, changed)
        section.save(update_fields=[*changed, "updated_at"])
    if "capacity" in changed and _gain(before, section.capacity) != 0:
        on_seats_changed(section, locked)
    return section


@transaction.atomic
def open_section(section: Section, *, by: Any) -> Section:
    """Open a planned or closed section for registration; its course must be published.

    Seats that became free while it was closed go to the line. Locks those who may get them, then course and section.
    """
    require(can_edit_sections, by)
    [section, course], locked = _lock_with_takers([section], 0, section.course)
    in_state(section, "open")
    if course.status != Course.Status.PUBLISHED:
        raise CourseNotPublished(course=course.code)
    section = _to(section, Section.Status.OPEN)
    on_seats_changed(section, locked)
    return section


@transaction.atomic
def close_section(section: Section, *, by: Any) -> Section:
    """Take no more registrations; those who are in stay in."""
    require(can_edit_sections, by)
    [section] = lock(section)
    in_state(section, "close")
    return _to(section, Section.Status.CLOSED)


@transaction.atomic
def complete_section(section: Section, *, by: Any) -> Section:
    """End a section that was open or closed."""
    require(can_edit_sections, by)
    [section] = lock(section)
    in_state(section, "complete")
    return _to(section, Section.Status.COMPLETED)


@transaction.atomic
def cancel_section(section: Section, *, by: Any) -> Section:
    """Cancel a section that has not ended, and tell its instructors; later apps hear of it in the same transaction."""
    require(can_edit_sections, by)
    [section] = lock(section)
    in_state(section, "cancel")
    section = _to(section, Section.Status.CANCELLED)
    for row in section.section_instructors.select_related("instructor"):
        if by is None or row.instructor_id != by.pk:
            notify("section_cancelled", to=row.instructor, about=section)
    for tell in hooks.section_cancelled:
        tell(section)
    return section


@transaction.atomic
def set_instructors(section: Section, people: Iterable[tuple[User, str, bool]], *, by: Any) -> list[SectionInstructor]:
    """Replace who teaches: (person, role, is_primary). Locks the people, then the section. Nobody at all is allowed.

    OnePrimary unless exactly one of them is the instructor of record, InstructorTwice for a repeated person, and of
    those who did not teach it before InstructorInactive for a deactivated one, TakesTheClass for a student of it.
    """
    require(can_edit_sections, by)
    people = list(people)
    *persons, section = lock(*(person for person, _role, _primary in people), section)
    in_state(section, "change")
    before = {row.instructor_id: row for row in section.section_instructors.all()}
    for person in persons:
        if not person.is_active and person.pk not in before:
            raise InstructorInactive(person=person.display_name)
        if person.pk not in before and any(takes(section, person) for takes in hooks.takes_part):
            raise TakesTheClass(person=person.display_name)
    if len({person.pk for person, _role, _primary in people}) != len(people):
        raise InstructorTwice()
    primary = [role for _person, role, is_primary in people if is_primary]
    if people and primary != [SectionInstructor.Role.INSTRUCTOR]:
        raise OnePrimary()
    section.section_instructors.exclude(instructor__in=persons).delete()
    # The database knows one of record at every moment: the old one steps back before the new one comes.
    section.section_instructors.update(is_primary=False)
    rows = []
    for person, role, is_primary in people:
        row = before.get(person.pk) or SectionInstructor(section=section, instructor=person)
        if row.pk is None or row.role != role:
            # A grader without the right to grade would be none; all else is given by the instructor.
            row.can_grade = role == SectionInstructor.Role.GRADER
            row.can_see_planned = row.can_edit_texts = False
        row.role, row.is_primary = role, is_primary
        row.full_clean()
        row.save()
        rows.append(row)
    return rows


@transaction.atomic
def cross_list(sections: Iterable[Section], *, by: Any, capacity: int | None = None) -> CrossListGroup:
    """Make the sections one class; locks them. They are of one term, of different courses, and in no group yet."""
    require(can_edit_sections, by)
    rows = lock(*sections)
    if len({row.pk for row in rows}) < 2:
        raise CrossListNeedsTwo()
    if len({row.term_id for row in rows}) > 1:
        raise CrossListTerms()
    if len({row.course_id for row in rows}) < len(rows):
        raise CrossListCourses()
    for row in rows:
        in_state(row, "cross_list")
        if row.cross_list_group_id:
            raise CrossListedAlready(section=str(row))
    group = CrossListGroup(term=rows[0].term, capacity=capacity)
    group.full_clean()
    group.save()
    for row in rows:
        row.cross_list_group = group
        row.save(update_fields=["cross_list_group", "updated_at"])
    return group


@transaction.atomic
def set_combined_capacity(section: Section, *, by: Any, capacity: int | None) -> CrossListGroup:
    """Set how many seats a section has together with those it is cross-listed with; NotCrossListed.

    When there may be more, later apps hear of it in the same transaction. Locks those who may get them, the group and
    its sections.
    """
    require(can_edit_sections, by)
    group, rows, locked = _together(section, capacity)
    before = group.capacity
    if before == capacity:
        return group
    group.capacity = capacity
    group.full_clean()
    group.save(update_fields=["capacity"])
    if _gain(before, capacity) != 0:
        for row in rows:
            on_seats_changed(row, locked)
    return group


@transaction.atomic
def end_cross_list(section: Section, *, by: Any) -> Section:
    """Take a section out of its group; the last one that is left goes with it. NotCrossListed.

    Alone, each may have more free seats than before. Locks those who may get them, the group and its sections.
    """
    require(can_edit_sections, by)
    group, rows, locked = _together(section, None)
    [section] = [row for row in rows if row.pk == section.pk]
    in_state(section, "cross_list")
    left = [row for row in rows if row.pk != section.pk]
    for row in [section] if len(left) > 1 else rows:
        row.cross_list_group = None
        row.save(update_fields=["cross_list_group", "updated_at"])
    if len(left) <= 1:
        group.delete()
    for row in rows:
        on_seats_changed(row, locked)
    return section


def _together(section: Section, capacity: int | None) -> tuple[CrossListGroup, list[Section], set[int]]:
    """Lock the group of a section for a new `capacity`; return it with its sections and the keys of locked people."""
    group = CrossListGroup.objects.filter(sections=section).first()
    if group is None:
        raise NotCrossListed(section=str(section))
    sections = list(group.sections.all())
    (*rows, group), locked = _lock_with_takers(sections, _gain(group.capacity, capacity), group)
    rows = [row for row in rows if row.cross_list_group_id == group.pk]
    if section.pk not in {row.pk for row in rows}:
        raise NotCrossListed(section=str(section))
    return group, rows, locked


def _linkable(section: Section) -> None:
    """A component belongs to a section of the same course and term that is no component itself."""
    whole = section.linked_to
    if whole is None:
        return
    fits = (whole.course_id, whole.term_id, whole.linked_to_id) == (section.course_id, section.term_id, None)
    if whole.pk == section.pk or not fits or (section.pk and section.components.exists()):
        raise LinkRefused(section=str(whole))


def _to(section: Section, status: str) -> Section:
    section.status = status
    section.save(update_fields=["status", "updated_at"])
    return section


def in_state(section: Section, deed: str) -> None:
    if section.status not in SECTION[deed]:
        raise SectionWrongState(section=str(section), status=section.get_status_display())


def _gain(before: int | None, after: int | None) -> int | None:
    """Return how many seats more there may be: 0 for none, None for no limit."""
    if before is None:
        return 0
    return None if after is None else max(0, after - before)


def _check(section: Section, changed: Iterable[str]) -> None:
    section.full_clean(validate_constraints=False)
    if "linked_to" in changed:
        _linkable(section)
    course, hours = section.course, section.credit_hours
    fits = hours is None or course.credit_hours_min <= hours <= course.credit_hours_max
    if "credit_hours" in changed and not fits:
        raise CreditsOutOfRange(least=str(course.credit_hours_min), most=str(course.credit_hours_max))
    others = Section.objects.filter(term=section.term).exclude(pk=section.pk)
    if others.filter(crn=section.crn).exists():
        raise CrnTaken(crn=section.crn)
    if others.filter(course=section.course, section_number=section.section_number).exists():
        raise SectionNumberTaken(section_number=section.section_number)
    section.full_clean()
