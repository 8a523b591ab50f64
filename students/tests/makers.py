"""Learners, terms with open windows and sections with few seats."""

from datetime import time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import User
from accounts.tests.makers import alice, ivan, make_user
from core.recurrence import weekly
from courses.models import Course, Section, SectionInstructor, Subject, Term
from scheduling.models import Meeting, MeetingPattern
from students.models import Enrollment, EnrollmentEvent, GradeItem, StudentProfile, WaitlistEntry
from students.operations import drop, enroll, ensure_profile, join_waitlist

_numbers = count(1)


def make_student(email: str | None = None, user: Any = None) -> StudentProfile:
    """Return the profile of a new person with the student role, or of `user`."""
    return ensure_profile(user or make_user(email, ["student"]))


def make_open_term(**fields: Any) -> Term:
    today = timezone.localdate()
    n = next(_numbers)
    defaults = {
        "code": f"T{n}",
        "name": f"Term {n}",
        "kind": Term.Kind.PART_OF_TERM,
        "start_date": today - timedelta(days=7),
        "end_date": today + timedelta(days=70),
    }
    return Term.objects.create(**defaults | fields)


def make_course_entry(code: str | None = None, **fields: Any) -> Course:
    subject, number = (code or f"TST {next(_numbers)}").split()
    owner, _created = Subject.objects.get_or_create(code=subject, defaults={"name": subject})
    return Course.objects.create(
        **{"subject": owner, "number": number, "title": f"Course {number}", "status": "published"} | fields
    )


def make_open_section(capacity: int | None = 30, **fields: Any) -> Section:
    n = next(_numbers)
    fields.setdefault("course", None)
    course = fields.pop("course") or make_course_entry()
    term = fields.pop("term", None) or make_open_term()
    return Section.objects.create(
        **{
            "course": course,
            "term": term,
            "crn": f"{n:05d}",
            "section_number": f"{n:03d}",
            "status": "open",
            "capacity": capacity,
        }
        | fields
    )


def meet(section: Section, days: int = 1, start: time = time(9), end: time = time(10), **fields: Any) -> MeetingPattern:
    """Give the section weekly meetings without room or claims."""
    pattern = MeetingPattern.objects.create(
        term=section.term,
        days=days,
        start_time=start,
        end_time=end,
        start_date=section.first_day,
        end_date=section.last_day,
        **fields,
    )
    pattern.sections.add(section)
    found = weekly(days, start, end, ZoneInfo(pattern.zone), pattern.start_date, pattern.end_date)
    Meeting.objects.bulk_create(
        Meeting(pattern=pattern, original_start=o.starts_at, starts_at=o.starts_at, ends_at=o.ends_at) for o in found
    )
    return pattern


def enroll_directly(student: StudentProfile, section: Section, status: str = "registered", **fields: Any) -> Enrollment:
    """Return an enrollment with its event that no rule was asked for: a fact of before the test begins."""
    enrollment = Enrollment.objects.create(
        student=student, section=section, status=status, credit_hours=section.credits, **fields
    )
    EnrollmentEvent.objects.create(enrollment=enrollment, to_status=status)
    return enrollment


def make_offer(student: StudentProfile, **fields: Any) -> WaitlistEntry:
    """Return a place in line of `student` to which the seat of somebody who left is offered."""
    section = make_open_section(**{"capacity": 1, "waitlist_mode": "offer"} | fields)
    holder = enroll(make_student(), section, by=None)
    entry = join_waitlist(student, section, by=None)
    drop(holder, by=None)
    entry.refresh_from_db()
    return entry


def make_grade_item(section: Section, posted: bool = False, **fields: Any) -> GradeItem:
    defaults = {"title": f"Work {next(_numbers)}", "posted_at": timezone.now() if posted else None}
    return GradeItem.objects.create(section=section, **defaults | fields)


def make_class(people: int = 1, **fields: Any) -> tuple[Section, list[Enrollment]]:
    """Return a section that Ivan teaches, with enrolled students; the first is Alice."""
    section = make_open_section(**fields)
    SectionInstructor.objects.create(section=section, instructor=ivan(), role="instructor", is_primary=True)
    students = [make_student(user=alice()), *(make_student() for _ in range(people - 1))]
    return section, [enroll_directly(student, section) for student in students]


def fill(section: Section, people: int) -> None:
    """Enroll so many new students at once, without events."""
    users = User.objects.bulk_create(
        User(email=f"person{next(_numbers)}@many.example", given_name="Many", family_name="People")
        for _ in range(people)
    )
    students = StudentProfile.objects.bulk_create(
        StudentProfile(user=user, institutional_id=f"N{user.pk}") for user in users
    )
    Enrollment.objects.bulk_create(Enrollment(student=student, section=section, credit_hours=3) for student in students)
