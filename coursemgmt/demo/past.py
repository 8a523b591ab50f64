"""Last term's record: facts with the dates of then, which no deed of today could write."""

from collections.abc import Callable
from datetime import timedelta

from coursemgmt.demo.calendar import Calendar, at
from coursemgmt.demo.classes import TIMES, Classes
from coursemgmt.demo.people import People
from courses.models import Section
from courses.operations import complete_section, create_section, open_section, set_instructors
from scheduling.operations import schedule_pattern
from students.models import Enrollment, EnrollmentEvent, FinalGrade, FinalGradeChange

GRADES = ["A", "A-", "B+", "B", "C+", "C", "D"]
ENOUGH = {"A", "A-", "B+", "B", "C+", "C"}
# Course, which of TIMES, which room, which teacher, and which students took it, by their number.
PLAN: list[tuple[str, int, int, int, Callable[[int], bool]]] = [
    ("CS 101", 1, 0, 1, lambda n: n % 2 == 0),
    ("MATH 20A", 3, 0, 5, lambda n: n % 3 != 1),
    ("HIST 12", 2, 0, 8, lambda n: n % 2 == 1),
    ("BIO 1", 5, 0, 9, lambda n: n % 4 == 0),
    ("CS 102", 6, 1, 0, lambda n: n % 10 == 1),
]


def make_past(calendar: Calendar, people: People, classes: Classes) -> dict[int, set[str]]:
    """Write last term and return which courses each student, by number, has passed well enough to go on."""
    passed: dict[int, set[str]] = {n: set() for n in range(len(people.students))}
    for number, (code, slot, room, teacher, took) in enumerate(PLAN):
        section = create_section(
            classes.courses[code], calendar.past, by=None, crn=f"{40101 + number}", section_number="001", capacity=120
        )
        set_instructors(section, [(people.teachers[teacher], "instructor", True)], by=None)
        section = open_section(section, by=None)
        days, start, end = TIMES[slot]
        schedule_pattern(
            [section],
            by=None,
            days=days,
            start_time=start,
            end_time=end,
            room=classes.rooms[room],
            instructors=[people.teachers[teacher]],
            schedule_type="LEC",
            ignore_capacity=True,
        )
        section = complete_section(section, by=None)
        grades = {n: GRADES[(3 * n + number) % len(GRADES)] for n in passed if took(n)}
        _record(calendar, people, section, grades)
        for n, grade in grades.items():
            passed[n] |= {code} if grade in ENOUGH else set()
    return passed


def _record(calendar: Calendar, people: People, section: Section, grades: dict[int, str]) -> None:
    term = calendar.past
    enrolled_at = at(term.start_date - timedelta(days=20), 10)
    ended_at = at(term.end_date + timedelta(days=4), 15)
    teacher = section.instructors.get()
    enrollments = Enrollment.objects.bulk_create(
        Enrollment(
            student=people.students[n],
            section=section,
            status=Enrollment.Status.COMPLETED,
            credit_hours=section.credits,
            enrolled_at=enrolled_at,
            status_at=ended_at,
        )
        for n in grades
    )
    events = []
    for enrollment in enrollments:
        student = enrollment.student.user
        events.append(EnrollmentEvent(enrollment=enrollment, to_status="registered", actor=student, at=enrolled_at))
        end = {"from_status": "registered", "to_status": "completed", "reason": "Final grade posted"}
        events.append(EnrollmentEvent(enrollment=enrollment, actor=teacher, at=ended_at, **end))
    EnrollmentEvent.objects.bulk_create(events)
    finals = FinalGrade.objects.bulk_create(
        FinalGrade(enrollment=enrollment, grade=grade, submitted_by=teacher, submitted_at=ended_at, posted_at=ended_at)
        for enrollment, grade in zip(enrollments, grades.values(), strict=True)
    )
    FinalGradeChange.objects.bulk_create(
        FinalGradeChange(final_grade=final, actor=teacher, at=ended_at, is_posting=posting, **change)
        for final in finals
        for posting, change in ((False, {"new_grade": final.grade}), (True, {"new_grade": final.grade}))
    )
