"""Small makers of terms, subjects, courses and sections, with plain defaults."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import User
from courses.models import Course, Section, SectionInstructor, Subject, Term

_numbers = count(1)


def make_term(**fields: Any) -> Term:
    """Return a term that runs now and takes registrations now.

    It is a semester while none covers its days, else a part of term, which may overlap.
    """
    now, today, number = timezone.now(), timezone.localdate(), next(_numbers)
    fields.setdefault("start_date", today - timedelta(days=14))
    fields.setdefault("end_date", fields["start_date"] + timedelta(days=112))
    days = {"start_date__lte": fields["end_date"], "end_date__gte": fields["start_date"]}
    taken = Term.objects.filter(kind=Term.Kind.SEMESTER, parent=fields.get("parent"), **days).exists()
    fields.setdefault("kind", Term.Kind.PART_OF_TERM if taken else Term.Kind.SEMESTER)
    fields.setdefault("registration_opens_at", now - timedelta(days=30))
    fields.setdefault("registration_closes_at", now + timedelta(days=30))
    return Term.objects.create(**{"code": f"TERM{number}", "name": f"Term {number}", **fields})


def make_subject(code: str = "CSE", **fields: Any) -> Subject:
    """Return the subject of this code, made when there is none."""
    return Subject.objects.get_or_create(code=code, defaults={"name": f"Subject {code}", **fields})[0]


def make_course(subject: Subject | str = "CSE", number: str | None = None, **fields: Any) -> Course:
    """Return a published course."""
    if isinstance(subject, str):
        subject = make_subject(subject)
    number = number or str(1000 + next(_numbers))
    return Course.objects.create(
        **{"subject": subject, "number": number, "title": f"Course {number}", "status": "published", **fields}
    )


def make_section(
    *,
    capacity: int | None = 40,
    status: str = "open",
    term: Term | None = None,
    course: Course | None = None,
    crn: str | None = None,
    instructor: User | None = None,
    **fields: Any,
) -> Section:
    """Return a section of the first term that is there, else of a new one; `instructor` becomes the one of record."""
    number = next(_numbers)
    section = Section.objects.create(
        term=term or Term.objects.current() or make_term(),
        course=course or make_course(),
        crn=crn or str(10_000 + number),
        section_number=fields.pop("section_number", f"A{number}"),
        capacity=capacity,
        status=status,
        **fields,
    )
    if instructor is not None:
        add_instructor(section, instructor, is_primary=True)
    return section


def add_instructor(
    section: Section, person: User, role: str = "instructor", is_primary: bool = False, **grants: bool
) -> SectionInstructor:
    grants.setdefault("can_grade", role == "grader")
    return SectionInstructor.objects.create(
        section=section, instructor=person, role=role, is_primary=is_primary, **grants
    )
