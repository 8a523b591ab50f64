"""What must come before a course or section."""

from collections import deque
from typing import Any

from django.db import connection, transaction

from core.locks import lock
from courses.errors import CourseWrongState, RequirementCycle, RequirementUnknownCourse, SectionWrongState
from courses.models import Course, Requirement, Section
from courses.operations.fields import require
from courses.policies import can_edit_catalog
from courses.queries.deeds import COURSE, SECTION
from courses.validators import leaves, validate_requirement

# One at a time: two requirements written at once could close a circle that neither sees.
TURN = 7_301_001


@transaction.atomic
def set_requirement(
    target: Course | Section, expression: dict[str, Any] | None, *, by: Any, kind: str = "prereq"
) -> Requirement | None:
    """Replace the requirements of this kind of a course or section; None removes them.

    ValidationError for a malformed tree, RequirementUnknownCourse, and RequirementCycle when a course would have to
    come before itself. Courses that ask for each other at the same time are no circle. What is archived or cancelled
    stays as it is: CourseWrongState, SectionWrongState.
    """
    require(can_edit_catalog, by)
    [target] = lock(target)
    _changeable(target)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
    rows = target.requirements.filter(kind=kind)
    if expression is None:
        rows.delete()
        return None
    validate_requirement(expression)
    course = target if isinstance(target, Course) else target.course
    named = {leaf["course"] for leaf in leaves(expression)}
    if Course.objects.filter(public_id__in=named).count() != len(named):
        raise RequirementUnknownCourse()
    if _circle(course, expression, kind):
        raise RequirementCycle(course=course.code)
    owner = {"course": target} if isinstance(target, Course) else {"section": target}
    row = rows.order_by("pk").first() or Requirement(kind=kind, **owner)
    row.expression = expression
    row.full_clean()
    row.save()
    rows.exclude(pk=row.pk).delete()
    return row


def _changeable(target: Course | Section) -> None:
    status = target.get_status_display()
    if isinstance(target, Course):
        if target.status not in COURSE["change"]:
            raise CourseWrongState(course=target.code, status=status)
    elif target.status not in SECTION["change"]:
        raise SectionWrongState(section=str(target), status=status)


def _circle(course: Course, expression: dict[str, Any], kind: str) -> bool:
    """Return whether `expression` leads back to `course` by a way on which some course must be finished before."""
    goal = str(course.public_id)
    if kind == Requirement.Kind.ANTIREQ:
        return any(leaf["course"] == goal for leaf in leaves(expression))
    before = _before()
    todo = deque(_steps(expression))
    seen: set[tuple[str, bool]] = set()
    while todo:
        place, strict = todo.popleft()
        if place == goal and strict:
            return True
        if (place, strict) not in seen:
            seen.add((place, strict))
            todo.extend((after, strict or tight) for after, tight in before.get(place, ()))
    return False


def _before() -> dict[str, list[tuple[str, bool]]]:
    rows = Requirement.objects.filter(kind=Requirement.Kind.PREREQ, course__isnull=False)
    found: dict[str, list[tuple[str, bool]]] = {}
    for owner, expression in rows.values_list("course__public_id", "expression"):
        found.setdefault(str(owner), []).extend(_steps(expression))
    return found


def _steps(expression: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(leaf["course"], not leaf.get("concurrent_ok", False)) for leaf in leaves(expression)]
