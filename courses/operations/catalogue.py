"""Terms, subjects and courses."""

from typing import Any

from django.db import transaction

from core.errors import Busy
from core.locks import lock
from courses.errors import (
    CourseCodeTaken,
    CourseHasSections,
    CourseWrongState,
    TermInsideItself,
    TermKindOrder,
    TermOutside,
)
from courses.models import Course, Subject, Term
from courses.operations.fields import assign, require
from courses.policies import can_edit_catalog, can_edit_terms
from courses.queries.deeds import COURSE

TERM_FIELDS = {
    "code", "name", "kind", "parent", "start_date", "end_date", "registration_opens_at", "registration_closes_at",
    "add_deadline", "drop_deadline", "withdraw_deadline", "credits_min", "credits_max", "is_published",
}  # fmt: skip
SUBJECT_FIELDS = {"code", "name"}
COURSE_FIELDS = {"subject", "number", "title", "description", "credit_hours_min", "credit_hours_max", "attempts_max"}
ALIVE = ["planned", "open", "closed"]
# From the longest to the shortest.
KINDS: list[str] = [Term.Kind.YEAR, Term.Kind.SEMESTER, Term.Kind.QUARTER, Term.Kind.PART_OF_TERM]


@transaction.atomic
def create_term(*, by: Any, **fields: Any) -> Term:
    """Make a term; locks those it is a part of.

    ValidationError when its days cross those of a sibling of its kind, TermKindOrder and TermOutside as `change_term`.
    """
    require(can_edit_terms, by)
    if fields.get("parent") is not None:
        fields["parent"], *_above = lock(*_all_above(fields["parent"]))
    term = Term()
    assign(term, fields, TERM_FIELDS)
    term.full_clean()
    _fits(term)
    term.save()
    return term


@transaction.atomic
def change_term(term: Term, *, by: Any, **fields: Any) -> Term:
    """Change the given fields of a term; locks it, the terms it is or becomes a part of, and its own parts.

    Twice is harmless.

    TermInsideItself for a circle, TermKindOrder unless it is shorter by kind than what it is a part of, TermOutside
    when it or one of its parts would lie outside of what it is a part of, ValidationError when its days cross those of
    a sibling of its kind.
    """
    require(can_edit_terms, by)
    term = _locked(term, fields)
    if changed := assign(term, fields, TERM_FIELDS):
        _not_inside_itself(term)
        term.full_clean()
        if {"kind", "parent", "start_date", "end_date"} & set(changed):
            _fits(term)
        term.save(update_fields=changed)
    return term


@transaction.atomic
def create_subject(*, code: str, name: str, by: Any) -> Subject:
    require(can_edit_catalog, by)
    subject = Subject(code=code, name=name)
    subject.full_clean()
    subject.save()
    return subject


@transaction.atomic
def change_subject(subject: Subject, *, by: Any, **fields: Any) -> Subject:
    """Change code and name. The courses are found under the new code at once."""
    require(can_edit_catalog, by)
    subject = Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    if changed := assign(subject, fields, SUBJECT_FIELDS):
        subject.full_clean()
        subject.save(update_fields=changed)
        if "code" in changed:
            for course in subject.courses.all():
                course.save(update_fields=["sort_key"])
    return subject


@transaction.atomic
def create_course(*, by: Any, **fields: Any) -> Course:
    """Make a draft. CourseCodeTaken when the subject has a living course of this number."""
    require(can_edit_catalog, by)
    course = Course()
    assign(course, fields, COURSE_FIELDS)
    course.full_clean(validate_constraints=False)
    _code_free(course)
    course.full_clean()
    course.save()
    return course


@transaction.atomic
def change_course(course: Course, *, by: Any, **fields: Any) -> Course:
    """Change the given fields; locks the course. An archived course stays as it is."""
    require(can_edit_catalog, by)
    [course] = lock(course)
    _in_state(course, "change")
    if changed := assign(course, fields, COURSE_FIELDS):
        course.full_clean(validate_constraints=False)
        _code_free(course)
        course.full_clean()
        course.save(update_fields=[*changed, "updated_at"])
    return course


@transaction.atomic
def publish_course(course: Course, *, by: Any) -> Course:
    """Show a draft in the catalogue. CourseWrongState for any other."""
    require(can_edit_catalog, by)
    [course] = lock(course)
    _in_state(course, "publish")
    return _to(course, Course.Status.PUBLISHED)


@transaction.atomic
def archive_course(course: Course, *, by: Any) -> Course:
    """Take a course out of the catalogue. CourseHasSections while one is planned, open or closed."""
    require(can_edit_catalog, by)
    [course] = lock(course)
    _in_state(course, "archive")
    if course.sections.filter(status__in=ALIVE).exists():
        raise CourseHasSections(course=course.code)
    return _to(course, Course.Status.ARCHIVED)


def _to(course: Course, status: str) -> Course:
    course.status = status
    course.save(update_fields=["status", "updated_at"])
    return course


def _all_above(term: Term | None) -> list[Term]:
    """Return a term and those it is a part of, from the inside out; each once, even in a circle."""
    found: dict[int, Term] = {}
    while term is not None and term.pk not in found:
        found[term.pk] = term
        term = Term.objects.filter(parts=term).first()
    return list(found.values())


def _locked(term: Term, fields: dict[str, Any]) -> Term:
    """Lock a term with all that `_fits` compares and return it; a parent among the fields is read anew as well.

    Busy when it became a part of another term meanwhile.
    """
    parent = fields["parent"] if "parent" in fields else Term.objects.filter(parts=term).first()
    [term, *others] = lock(term, *_all_above(parent), *term.parts.all())
    found = {row.pk: row for row in others}
    if fields.get("parent") is not None:
        fields["parent"] = found[fields["parent"].pk]
    elif "parent" not in fields and term.parent_id is not None and term.parent_id not in found:
        raise Busy()
    return term


def _not_inside_itself(term: Term) -> None:
    if term.pk in {above.pk for above in _all_above(term.parent)}:
        raise TermInsideItself(term=term.name)


def _fits(term: Term) -> None:
    """A term is of a shorter kind than the one it is a part of, and lies inside of it; so do its own parts."""
    above = [(term, term.parent)] if term.parent is not None else []
    below = [(part, term) for part in term.parts.all()] if term.pk else []
    for part, whole in [*above, *below]:
        if KINDS.index(part.kind) <= KINDS.index(whole.kind):
            raise TermKindOrder(part=part.name, kind=part.get_kind_display(), whole=whole.get_kind_display())
        if part.start_date < whole.start_date or part.end_date > whole.end_date:
            raise TermOutside(part=part.name, whole=whole.name)


def _in_state(course: Course, deed: str) -> None:
    if course.status not in COURSE[deed]:
        raise CourseWrongState(course=course.code, status=course.get_status_display())


def _code_free(course: Course) -> None:
    same = Course.objects.filter(subject=course.subject, number=course.number).exclude(status=Course.Status.ARCHIVED)
    if same.exclude(pk=course.pk).exists():
        raise CourseCodeTaken(number=course.number)
