"""An invented university: a term around today, people, classes, seats, office hours. The same every time."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.operations import create_person
from appointments.models import AppointmentType
from appointments.operations import book, create_type, ensure_schedule, set_weekly_hours
from appointments.operations.availability import Hours
from appointments.queries.slots import slot_list
from core.errors import DomainError
from core.recurrence import start_of_day
from coursemgmt.demo.names import FAMILY_NAMES, FORENAMES, SUBJECTS, TITLES
from courses.models import Course, Requirement, Section, SectionInstructor, Subject, Term
from notifications.models import OutboxMessage
from scheduling.models import Building, Room
from scheduling.operations import schedule_pattern
from students.models import Enrollment, EnrollmentEvent, FinalGrade, Program, StudentProfile
from students.operations import enroll, ensure_profile, join_waitlist

PASSWORD = "correct horse battery"  # noqa: S105  the sign-ins of invented people are printed and public
LOGINS = {
    "administrator": ("adam@example.edu", "Adam", "Adeyemi"),
    "registrar": ("rita@example.edu", "Rita", "Rasmussen"),
    "instructor": ("ivan@example.edu", "Ivan", "Ibarra"),
    "student": ("alice@example.edu", "Alice", "Almeida"),
}
STUDENTS = 90
INSTRUCTORS = 9
MWF, TUTH = 0b0010101, 0b0001010
STARTS = [(MWF, time(9), time(9, 50)), (MWF, time(10), time(10, 50)), (MWF, time(11), time(11, 50)),
          (MWF, time(13), time(13, 50)), (TUTH, time(9, 30), time(10, 50)), (TUTH, time(11), time(12, 20)),
          (TUTH, time(14), time(15, 20))]  # fmt: skip


@dataclass
class University:
    term: Term
    instructors: list[User]
    students: list[StudentProfile]
    sections: list[Section] = field(default_factory=list)


def exists() -> bool:
    return Term.objects.exists() or User.objects.filter(email=LOGINS["student"][0]).exists()


@transaction.atomic
def build() -> University:
    """Fill an empty database and return what was made."""
    chance = random.Random(20)  # noqa: S311  the same university every time, not a secret
    past, term, _later = _terms(timezone.localdate())
    instructors, students = _people(chance)
    university = University(term, instructors, students)
    courses = _courses()
    rooms = _rooms()
    _past(past, courses, students, instructors)
    university.sections = _sections(term, courses, instructors, rooms)
    _seats(university, chance)
    _office_hours(university, chance)
    # These are facts of an invented past: nobody is told of them now. What lies ahead keeps its reminders.
    OutboxMessage.objects.filter(state="queued", not_before__lte=timezone.now()).update(state="void")
    return university


def _terms(today: date) -> tuple[Term, Term, Term]:
    zone = ZoneInfo(settings.CAMPUS_TIME_ZONE)
    monday = today - timedelta(days=today.weekday())

    def instant(day: date) -> datetime:
        return start_of_day(day, zone)

    def make(code: str, name: str, start: date, weeks: int) -> Term:
        return Term.objects.create(
            code=code,
            name=name,
            start_date=start,
            end_date=start + timedelta(weeks=weeks, days=-3),
            registration_opens_at=instant(start - timedelta(weeks=8)),
            registration_closes_at=instant(start + timedelta(weeks=5)),
            add_deadline=instant(start + timedelta(weeks=5)),
            drop_deadline=instant(start + timedelta(weeks=7)),
            withdraw_deadline=instant(start + timedelta(weeks=10)),
        )

    start = monday - timedelta(weeks=2)
    return (
        make("PAST", _name(start - timedelta(weeks=18)), start - timedelta(weeks=18), 15),
        make("NOW", _name(start), start, 15),
        make("NEXT", _name(start + timedelta(weeks=18)), start + timedelta(weeks=18), 15),
    )


def _name(start: date) -> str:
    season = {1: "Winter", 2: "Spring", 3: "Summer", 4: "Autumn"}[(start.month - 1) // 3 + 1]
    return f"{season} term, from {start:%B %Y}"


def _people(chance: random.Random) -> tuple[list[User], list[StudentProfile]]:
    named = {
        role: create_person(email, by=None, password=PASSWORD, roles=[role], given_name=given, family_name=family)
        for role, (email, given, family) in LOGINS.items()
    }
    pairs = [(given, family) for given in FORENAMES for family in FAMILY_NAMES]
    chance.shuffle(pairs)
    program = Program.objects.create(code="BA-LIB", name="Liberal Arts", credits_required=120)

    def one(number: int, role: str) -> User:
        given, family = pairs.pop()
        email = f"{role}{number:03}@example.edu"
        return create_person(email, by=None, roles=[role], given_name=given, family_name=family)

    instructors = [named["instructor"], *(one(n, "instructor") for n in range(1, INSTRUCTORS))]
    learners = [named["student"], *(one(n, "student") for n in range(1, STUDENTS))]
    profiles = [ensure_profile(user) for user in learners]
    StudentProfile.objects.filter(pk__in=[profile.pk for profile in profiles]).update(program=program)
    return instructors, profiles


def _courses() -> list[Course]:
    subjects = {code: Subject.objects.create(code=code, name=name) for code, name in SUBJECTS.items()}
    courses = [
        Course.objects.create(
            subject=subjects[subject],
            number=number,
            title=title,
            description=words,
            credit_hours_min=credit,
            credit_hours_max=credit,
            status=Course.Status.PUBLISHED,
        )
        for subject, number, title, credit, words in TITLES
    ]
    by_code = {course.code: course for course in courses}
    for later, earlier in [("CS 102", "CS 101"), ("CS 210", "CS 102"), ("CS 330", "CS 210"), ("MATH 20B", "MATH 20A")]:
        leaf = {"course": str(by_code[earlier].public_id), "min_grade": "C"}
        Requirement.objects.create(course=by_code[later], expression={"all": [leaf]})
    return courses


def _rooms() -> list[Room]:
    halls = [
        Building.objects.create(code=code, name=name)
        for code, name in [("OAK", "Oak Hall"), ("SCI", "Science Building")]
    ]
    return [
        Room.objects.create(building=hall, code=code, capacity=capacity)
        for hall in halls
        for code, capacity in [("101", 120), ("102", 60), ("201", 40), ("202", 40)]
    ]


def _past(term: Term, courses: Sequence[Course], students: Sequence[StudentProfile], people: Sequence[User]) -> None:
    """Half of the students passed the first courses last term."""
    grades = ["A", "A-", "B+", "B", "C+", "C", "D"]
    for number, course in enumerate([courses[0], courses[4], courses[7]]):
        section = Section.objects.create(
            course=course, term=term, crn=f"{40001 + number}", section_number="001", status="completed", capacity=120
        )
        SectionInstructor.objects.create(section=section, instructor=people[number], is_primary=True)
        for at, student in enumerate(students[: len(students) // 2]):
            enrollment = Enrollment.objects.create(
                student=student,
                section=section,
                status="completed",
                credit_hours=course.credit_hours_min,
                source="staff",
            )
            EnrollmentEvent.objects.create(enrollment=enrollment, to_status="completed", reason="Last term's record")
            grade = grades[(at + number) % len(grades)]
            FinalGrade.objects.create(enrollment=enrollment, grade=grade, posted_at=timezone.now())


def _sections(
    term: Term, courses: Sequence[Course], instructors: Sequence[User], rooms: Sequence[Room]
) -> list[Section]:
    sections: list[Section] = []
    free = [(room, slot) for slot in STARTS for room in rooms]
    for number in range(2 * len(courses)):
        course = courses[number % len(courses)]
        teacher = instructors[number % len(instructors)]
        section = Section.objects.create(
            course=course,
            term=term,
            crn=f"{50001 + number}",
            section_number=f"{number // len(courses) + 1:03}",
            schedule_type="LEC",
            status=Section.Status.OPEN,
            # Small enough that some fill up and get a line.
            capacity=[12, 30, 40, 8][number % 4],
            waitlist_capacity=20,
        )
        SectionInstructor.objects.create(section=section, instructor=teacher, is_primary=True)
        sections.append(section)
        _place(section, teacher, free)
    return sections


def _place(section: Section, teacher: User, free: list[tuple[Room, Any]]) -> None:
    # The first room and time that the rules accept; the rules, not this list, know who is taken when.
    for at, (room, (days, start, end)) in enumerate(free):
        plan: Callable[..., Any] = schedule_pattern
        try:
            with transaction.atomic():
                plan([section], by=None, days=days, start_time=start, end_time=end, room=room, instructors=[teacher],
                     schedule_type="LEC")  # fmt: skip
        except DomainError:
            continue
        del free[at]
        return


def _seats(university: University, chance: random.Random) -> None:
    """Each student asks for a few classes; where one is full the student joins the line."""
    for student in university.students:
        for section in chance.sample(university.sections, 5):
            try:
                with transaction.atomic():
                    enroll(student, section, by=None)
            except DomainError as refusal:
                if refusal.code == "section_full":
                    _wait(student, section)


def _wait(student: StudentProfile, section: Section) -> None:
    try:
        with transaction.atomic():
            join_waitlist(student, section, by=None)
    except DomainError:
        return  # the line is full too, or another rule says no


def _office_hours(university: University, chance: random.Random) -> None:
    for number, host in enumerate(university.instructors):
        schedule = ensure_schedule(host, by=None)
        hours = [Hours((number + day) % 5, time(15, 30), time(17, 30)) for day in (0, 2)]
        set_weekly_hours(schedule, hours, by=None)
        kind = create_type(
            host,
            by=None,
            title="Office hours",
            description="Bring your questions about the class.",
            location=f"Oak Hall, office {300 + number}",
            duration_minutes=20,
            interval_minutes=20,
            horizon_days=28,
        )
        for student in chance.sample(university.students, 4):
            _book(kind, student.user)


def _book(kind: AppointmentType, student: User) -> None:
    now = timezone.now()
    found = slot_list(kind, student, now, now + timedelta(days=14), now=now)
    for slot in found.slots[3:8]:
        try:
            book(kind, student, slot.starts_at, by=None, topic="A question about last week's class")
        except DomainError:
            continue
        return
