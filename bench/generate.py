"""Fill the measurements' own database with an invented university: python -m bench.generate [--students N ...]."""

import argparse
import random
import sys
import time as clock
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from accounts.models import User
from appointments.models import (
    Appointment,
    AppointmentEvent,
    AppointmentType,
    AvailabilityRule,
    AvailabilitySchedule,
    Session,
)
from bench import database
from bench.bulk import load
from core.recurrence import Occurrence, start_of_day, weekly, window
from coursemgmt.demo.names import FAMILY_NAMES, FORENAMES
from courses.models import Course, Requirement, Section, SectionInstructor, Subject, Term
from courses.validators import course_sort_key
from scheduling.models import Building, Claim, Meeting, MeetingInstructor, MeetingPattern, Room
from students.models import (
    Enrollment,
    EnrollmentEvent,
    FinalGrade,
    Program,
    StudentProfile,
    WaitlistEntry,
    WaitlistEvent,
)

MWF, TUTH, SATURDAY = 0b0010101, 0b0001010, 0b0100000
# Weekly times of classes: no two of them overlap, so a student takes at most one section of each.
TIMES = [
    *((MWF, time(hour), time(hour, 50)) for hour in range(8, 16)),
    *(
        (TUTH, start, end)
        for start, end in [
            (time(8), time(9, 20)),
            (time(9, 30), time(10, 50)),
            (time(11), time(12, 20)),
            (time(12, 30), time(13, 50)),
            (time(14), time(15, 20)),
            (time(15, 30), time(16, 50)),
        ]
    ),
]
# Office hours lie after all classes; sections for a rush meet when nobody else does.
OFFICE = (time(17), time(20))
OFFICE_MINUTES = 30
RUSHES, RUSH_SEATS = 20, 50
SUBJECTS = 50
WORDS = [
    "Applied", "Advanced", "General", "Modern", "Global", "Social", "Digital", "Human", "Public", "Urban",
    "Algorithms", "Analysis", "Biology", "Chemistry", "Cultures", "Data", "Design", "Ecology", "Economics",
    "Energy", "Ethics", "Geometry", "History", "Language", "Law", "Literature", "Logic", "Mechanics", "Media",
    "Methods", "Music", "Networks", "Optics", "Physics", "Policy", "Statistics", "Theory",
]  # fmt: skip


@dataclass
class University:
    chance: random.Random
    now: datetime
    zone: ZoneInfo
    past: Term
    term: Term
    users: range
    profiles: range
    teachers: range
    courses: range
    sections: range
    rooms: range


def say(what: str, started: float) -> None:
    print(f"{clock.perf_counter() - started:7.1f} s  {what}", flush=True)


def _terms(zone: ZoneInfo) -> tuple[Term, Term]:
    today = timezone.localdate(timezone=zone)
    monday = today - timedelta(days=today.weekday(), weeks=2)

    def make(code: str, start: date) -> Term:
        def instant(weeks: int) -> datetime:
            return start_of_day(start + timedelta(weeks=weeks), zone)

        return Term.objects.create(
            code=code, name=f"Term {code}", start_date=start, end_date=start + timedelta(weeks=15, days=-3),
            registration_opens_at=instant(-8), registration_closes_at=instant(5), add_deadline=instant(5),
            drop_deadline=instant(7), withdraw_deadline=instant(10),
        )  # fmt: skip

    return make("PAST", monday - timedelta(weeks=18)), make("NOW", monday)


def _people(chance: random.Random, role: str, count: int) -> range:
    users = load(
        User,
        ["email", "given_name", "family_name", "password"],
        (
            (f"{role}{n:07}@bench.invalid", chance.choice(FORENAMES), chance.choice(FAMILY_NAMES), "!measured")
            for n in range(count)
        ),
    )
    group = Group.objects.get(name=role)
    load(User.groups.through, ["user_id", "group_id"], ((user, group.pk) for user in users))
    return users


def _catalogue(chance: random.Random, count: int) -> range:
    subjects = load(Subject, ["code", "name"], ((f"S{n:02}", f"Subject {n}") for n in range(SUBJECTS)))

    def rows() -> Iterator[tuple[Any, ...]]:
        for n in range(count):
            code, number = f"S{n % SUBJECTS:02}", str(100 + n // SUBJECTS)
            title = " ".join(chance.sample(WORDS, 3))
            text = " ".join(chance.choices(WORDS, k=60))
            yield subjects[n % SUBJECTS], number, title, text, "published", course_sort_key(code, number)

    return load(Course, ["subject_id", "number", "title", "description", "status", "sort_key"], rows())


def _requirements(courses: range, introductions: range) -> None:
    """Every second course asks for one of the introductions, of which each student has passed one."""
    ids = dict(Course.objects.filter(pk__in=introductions).values_list("pk", "public_id"))
    tree = {"any": [{"course": str(ids[key]), "min_grade": "D"} for key in introductions]}
    later = (key for key in courses if key not in introductions and key % 2)
    load(Requirement, ["course_id", "expression"], ((key, tree) for key in later))


def _sections(u: University, slots: int) -> None:
    per = len(u.courses)
    load(
        Section,
        ["course_id", "term_id", "crn", "section_number", "schedule_type", "status", "capacity"],
        (
            (u.courses[n % per], u.term.pk, f"{n + 1:05}", f"{n // per + 1:03}", "LEC", "open", 0)
            for n in range(len(u.sections))
        ),
    )
    teacher = {key: u.teachers[_teacher(n, slots, u)] for n, key in enumerate(u.sections)}
    load(
        SectionInstructor,
        ["section_id", "instructor_id", "is_primary"],
        ((key, teacher[key], True) for key in u.sections),
    )
    slot_of = {key: TIMES[n % slots] for n, key in enumerate(u.sections)}
    room_of = {key: u.rooms[n // slots] for n, key in enumerate(u.sections)}
    _meet(u, slot_of, room_of, teacher)


def _teacher(n: int, slots: int, u: University) -> int:
    """Number the teachers so that nobody teaches two sections at one time."""
    return (n // slots + (n % slots) * len(u.rooms)) % len(u.teachers)


def _meet(u: University, slot_of: dict[int, Any], room_of: dict[int, int], teacher: dict[int, int]) -> None:
    """Give sections a pattern each, its dated meetings and the claims of room and teacher."""
    sections = list(slot_of)
    patterns = load(
        MeetingPattern,
        ["term_id", "schedule_type", "days", "start_time", "end_time", "zone", "start_date", "end_date", "room_id"],
        (
            (u.term.pk, "LEC", *slot_of[key], str(u.zone), u.term.start_date, u.term.end_date, room_of.get(key))
            for key in sections
        ),
    )
    pairs = list(zip(patterns, sections, strict=True))
    load(MeetingPattern.sections.through, ["meetingpattern_id", "section_id"], pairs)
    load(
        MeetingPattern.instructors.through,
        ["meetingpattern_id", "user_id"],
        ((pattern, teacher[key]) for pattern, key in pairs if key in teacher),
    )
    dates: dict[Any, list[Occurrence]] = {
        slot: list(weekly(*slot, u.zone, u.term.start_date, u.term.end_date)) for slot in set(slot_of.values())
    }
    dated = [
        (pattern, one, room_of.get(key), teacher.get(key)) for pattern, key in pairs for one in dates[slot_of[key]]
    ]

    def claim(at: int, room: int | None, person: int | None) -> tuple[Any, ...]:
        _pattern, one, _room, _teacher = dated[at]
        return room, person, DateTimeTZRange(one.starts_at, one.ends_at, "[)"), "meeting"

    with_room = [at for at, row in enumerate(dated) if row[2]]
    taught = [at for at, row in enumerate(dated) if row[3]]
    names = ["room_id", "person_id", "during", "source"]
    rooms = load(Claim, names, (claim(at, dated[at][2], None) for at in with_room))
    people = load(Claim, names, (claim(at, None, dated[at][3]) for at in taught))
    room_claim = dict(zip(with_room, rooms, strict=True))
    meetings = load(
        Meeting,
        ["pattern_id", "original_start", "starts_at", "ends_at", "room_id", "room_claim_id"],
        (
            (pattern, one.starts_at, one.starts_at, one.ends_at, room, room_claim.get(at))
            for at, (pattern, one, room, _teacher) in enumerate(dated)
        ),
    )
    load(
        MeetingInstructor,
        ["meeting_id", "instructor_id", "claim_id"],
        ((meetings[at], dated[at][3], key) for at, key in zip(taught, people, strict=True)),
    )


def _rush_sections(u: University) -> None:
    """Sections of 50 seats that meet on Saturdays, for which everybody is free."""
    keys = load(
        Section,
        ["course_id", "term_id", "crn", "section_number", "schedule_type", "status", "capacity"],
        ((u.courses[n], u.term.pk, f"R{n:04}", "R01", "SEM", "open", RUSH_SEATS) for n in range(RUSHES)),
    )
    _meet(u, dict.fromkeys(keys, (SATURDAY, time(10), time(12))), {}, {})


def _record(student: int, section: int, status: str, at: datetime) -> tuple[Any, ...]:
    return student, section, status, Decimal(3), "self", at, at


ENROLLMENT = ["student_id", "section_id", "status", "credit_hours", "source", "enrolled_at", "status_at"]


def _history(u: University) -> int:
    """Each student has passed one introduction."""
    introductions = u.courses[:10]
    sections = load(
        Section,
        ["course_id", "term_id", "crn", "section_number", "schedule_type", "status"],
        ((key, u.past.pk, f"P{n:04}", "001", "LEC", "completed") for n, key in enumerate(introductions)),
    )
    chosen = [(student, u.chance.choice(sections)) for student in u.profiles]
    at = u.now - timedelta(weeks=20)
    rows = load(Enrollment, ENROLLMENT, (_record(*pair, "completed", at) for pair in chosen))
    load(EnrollmentEvent, ["enrollment_id", "to_status", "at"], ((key, "completed", at) for key in rows))
    load(FinalGrade, ["enrollment_id", "grade", "posted_at"], ((key, u.chance.choice("ABCD"), at) for key in rows))
    return len(rows)


def _seats(u: University, slots: int, count: int) -> None:
    """Seat students, more in some sections than in others; a fifth of the sections is full and has a line."""
    by_slot = [u.sections[slot::slots] for slot in range(slots)]
    many, rest = divmod(count, len(u.profiles))
    taken = dict.fromkeys(u.sections, 0)
    busy: dict[int, set[int]] = {}

    def rows() -> Iterator[tuple[Any, ...]]:
        for n, student in enumerate(u.profiles):
            busy[student] = set(u.chance.sample(range(slots), min(slots, many + (n < rest))))
            for slot in busy[student]:
                choice = by_slot[slot]
                section = choice[int(len(choice) * u.chance.random() ** 1.5)]
                taken[section] += 1
                yield _record(student, section, "registered", u.now - timedelta(days=u.chance.uniform(1, 50)))

    seats = load(Enrollment, ENROLLMENT, rows())
    load(EnrollmentEvent, ["enrollment_id", "to_status", "at"], ((key, "registered", u.now) for key in seats))
    full = {section for slot in by_slot for section in slot[: max(1, len(slot) // 5)]}
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE courses_section SET capacity = %s WHERE id = %s",
            [(n if key in full else n + n // 3 + 5, key) for key, n in taken.items()],
        )
    _lines(u, slots, sorted(full), busy)


def _lines(u: University, slots: int, full: list[int], busy: dict[int, set[int]]) -> None:
    def rows() -> Iterator[tuple[int, int, int]]:
        for section in full:
            slot = (section - u.sections[0]) % slots
            wanting = [one for one in u.chance.sample(u.profiles, 15) if slot not in busy[one]]
            yield from ((section, student, seq) for seq, student in enumerate(wanting, start=1))

    entries = load(WaitlistEntry, ["section_id", "student_id", "seq"], rows())
    load(WaitlistEvent, ["entry_id", "kind"], ((key, "joined") for key in entries))


def _office_hours(u: University, booked: int) -> None:
    schedules = load(AvailabilitySchedule, ["host_id", "zone"], ((one, str(u.zone)) for one in u.teachers))
    load(
        AvailabilityRule,
        ["schedule_id", "weekday", "start_time", "end_time"],
        ((key, weekday, *OFFICE) for key in schedules for weekday in range(5)),
    )
    types = load(
        AppointmentType,
        ["host_id", "schedule_id", "title", "location", "duration_minutes", "interval_minutes"],
        (
            (one, key, "Office hours", "Office 300", OFFICE_MINUTES, OFFICE_MINUTES)
            for one, key in zip(u.teachers, schedules, strict=True)
        ),
    )
    chosen = _times(u, types, booked)
    length = timedelta(minutes=OFFICE_MINUTES)
    names = ["person_id", "during", "source"]
    spans = [(host, student, DateTimeTZRange(at, at + length, "[)"), at) for _type, host, student, at in chosen]
    hosts = load(Claim, names, ((host, span, "appointment") for host, _student, span, _at in spans))
    students = load(Claim, names, ((student, span, "appointment") for _host, student, span, _at in spans))
    sessions = load(
        Session,
        ["type_id", "host_id", "starts_at", "ends_at", "block_starts_at", "block_ends_at", "host_claim_id"],
        (
            (type, host, at, at + length, at, at + length, claim)
            for (type, host, _student, at), claim in zip(chosen, hosts, strict=True)
        ),
    )
    rows = load(
        Appointment,
        ["session_id", "student_id", "claim_id", "booked_by_id"],
        (
            (session, student, claim, student)
            for session, claim, (_type, _host, student, _at) in zip(sessions, students, chosen, strict=True)
        ),
    )
    load(
        AppointmentEvent,
        ["appointment_id", "kind", "starts_at"],
        ((key, "booked", row[3]) for key, row in zip(rows, chosen, strict=True)),
    )


def _times(u: University, types: range, count: int) -> list[tuple[int, int, int, datetime]]:
    """Return type, host, student and start: the first half of the students, in the next three weeks."""
    today = u.now.astimezone(u.zone).date()
    days = [day for n in range(2, 23) if (day := today + timedelta(days=n)).weekday() < 5]
    starts = []
    for day in days:
        span = window(day, *OFFICE, u.zone)
        assert span is not None
        starts += [span[0] + timedelta(minutes=OFFICE_MINUTES) * n for n in range(6)]
    free = [(type, host, at) for type, host in zip(types, u.teachers, strict=True) for at in starts]
    chosen = u.chance.sample(free, min(count, len(free) * 4 // 5, len(u.users) // 2))
    return [(*one[:2], student, one[2]) for one, student in zip(chosen, u.users, strict=False)]


def generate(students: int, sections: int, enrollments: int, seed: int) -> None:
    started = clock.perf_counter()
    if enrollments < students:
        sys.exit("At least one enrollment a student, please.")
    slots = len(TIMES)
    room_count = -(-sections // slots)
    zone = ZoneInfo(settings.CAMPUS_TIME_ZONE)
    chance = random.Random(seed)
    database.use_empty()
    say("empty database", started)
    with transaction.atomic():
        past, term = _terms(zone)
        users = _people(chance, "student", students)
        teachers = _people(chance, "instructor", max(room_count, sections // 5))
        program = Program.objects.create(code="BA", name="Liberal Arts")
        profiles = load(
            StudentProfile,
            ["user_id", "institutional_id", "program_id"],
            ((user, f"B{user:07}", program.pk) for user in users),
        )
        say(f"{students} students, {len(teachers)} instructors", started)
        courses = _catalogue(chance, max(RUSHES, sections // 2))
        _requirements(courses, courses[:10])
        buildings = load(Building, ["code", "name"], ((f"H{n:02}", f"Hall {n}") for n in range(20)))
        rooms = load(Room, ["building_id", "code"], ((buildings[n % 20], f"{100 + n}") for n in range(room_count)))
        u = University(
            chance, timezone.now(), zone, past, term, users, profiles, teachers, courses, range(1, sections + 1), rooms
        )
        _sections(u, slots)
        _rush_sections(u)
        say(f"{sections} sections, {Meeting.objects.count()} meetings, {Claim.objects.count()} claims", started)
        done = _history(u)
        _seats(u, slots, enrollments - done)
        say(f"{Enrollment.objects.count()} enrollments, {WaitlistEntry.objects.count()} waiting", started)
        _office_hours(u, students // 2)
        say(f"{Appointment.objects.count()} appointments", started)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
    database.keep(
        database.UNIVERSITY,
        students=students,
        sections=sections,
        enrollments=enrollments,
        seed=seed,
        made_on=timezone.localdate(timezone=zone).isoformat(),
    )
    say("kept", started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=20_000)
    parser.add_argument("--sections", type=int, default=2_000)
    parser.add_argument("--enrollments", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    generate(given.students, given.sections, given.enrollments, given.seed)


if __name__ == "__main__":
    main()
