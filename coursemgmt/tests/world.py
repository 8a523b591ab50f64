"""A small world for walking every door: one of each thing, and everybody who could come to it."""

from datetime import date, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.operations import assign_advisor, invite
from accounts.tests.makers import PASSWORD, adam, alice, ivan, make_user, rita
from appointments.models import AvailabilityOverride
from appointments.operations import book
from appointments.tests.makers import at, make_type
from courses.operations import cross_list
from courses.tests.makers import add_instructor, make_course, make_section, make_subject, make_term
from scheduling.models import Closure
from scheduling.tests.makers import make_building, make_pattern, make_room
from students.models import Override, Program
from students.operations import join_waitlist
from students.tests.makers import enroll_directly, make_grade_item, make_student

ACTORS = [
    "anonymous", "student", "other_student", "instructor", "other_instructor", "assistant", "registrar",
    "administrator",
]  # fmt: skip


def make_people() -> dict[str, Any]:
    return {
        "anonymous": None,
        "student": alice(),
        "other_student": make_user("other.student@example.org", ["student"], PASSWORD),
        "instructor": ivan(),
        "other_instructor": make_user("other.instructor@example.org", ["instructor"], PASSWORD),
        "assistant": make_user("assistant@example.org", ["student"], PASSWORD),
        "registrar": rita(),
        "administrator": adam(),
    }


def make_things(people: dict[str, Any]) -> dict[str, Any]:
    """Return one of each thing by name: Ivan's section with Alice in it, what belongs to it, and what is hidden."""
    term, teacher = make_term(), people["instructor"]
    student = make_student(user=people["student"])
    make_student(user=people["other_student"])
    make_student(user=people["assistant"])
    section = make_section(term=term, instructor=teacher)
    add_instructor(section, people["assistant"], role="assistant")
    room = make_room()
    pattern = make_pattern(section, "MTWRFSU", start=time(7), end=time(7, 50), room=room, instructors=[teacher])
    full = make_section(term=term, capacity=1)
    enroll_directly(make_student(), full)
    listed = make_section(term=term, course=make_course("HIST"))
    cross_list([listed, make_section(term=term, course=make_course("LIT"))], by=None)
    kind = make_type(teacher)
    item = make_grade_item(section, posted=True)
    today = timezone.localdate()
    return {
        "term": term,
        "hidden_term": make_term(is_published=False),
        "subject": make_subject(),
        "course": make_course(),
        "draft_course": make_course(status="draft"),
        "section": section,
        "free_section": make_section(term=term, instructor=people["other_instructor"]),
        "full_section": full,
        "listed_section": listed,
        "planned_section": make_section(term=term, status="planned", instructor=teacher),
        "enrollment": enroll_directly(student, section),
        "entry": join_waitlist(student, full, by=None),
        "profile": student,
        "program": Program.objects.create(code="BA", name="Arts"),
        "assignment": assign_advisor(
            people["student"], make_user("ada@example.org", ["advisor"], PASSWORD), by=None, reason="Same subject"
        ),
        "permit": Override.objects.create(
            student=student, section=full, kind="capacity", granted_by=people["registrar"], reason="Asked for"
        ),
        "item": item,
        "draft_item": make_grade_item(section),
        "room": room,
        "building": make_building(),
        "closure": Closure.objects.create(name="Break", start_date=date(2001, 1, 1), end_date=date(2001, 1, 2)),
        "pattern": pattern,
        "meeting": pattern.meetings.filter(starts_at__gt=timezone.now()).first(),
        "type": kind,
        "appointment": book(kind, people["student"], at(12), by=None),
        "hours_override": AvailabilityOverride.objects.create(
            schedule=kind.schedule, kind="block", start_date=today, end_date=today + timedelta(days=1)
        ),
        "person": people["student"],
        "host": teacher,
        "invitation": invite("new.person@example.org", "student", by=people["registrar"]),
    }
