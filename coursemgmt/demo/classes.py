"""What the invented university teaches: the catalogue, rooms, and the sections of three terms."""

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any

from accounts.models import User
from coursemgmt.demo.calendar import Calendar
from coursemgmt.demo.names import PREREQUISITES, SUBJECTS, TITLES
from coursemgmt.demo.people import People
from courses.models import Course, Section, Term
from courses.operations import (
    archive_course,
    cancel_section,
    create_course,
    create_section,
    create_subject,
    cross_list,
    open_section,
    publish_course,
    set_instructors,
    set_requirement,
)
from scheduling.models import Room
from scheduling.operations import create_building, create_room, schedule_pattern

MWF, TUTH = 0b0010101, 0b0001010
TIMES = [
    (MWF, time(9), time(9, 50)), (MWF, time(10), time(10, 50)), (MWF, time(11), time(11, 50)),
    (MWF, time(13), time(13, 50)), (MWF, time(14), time(14, 50)), (TUTH, time(9, 30), time(10, 50)),
    (TUTH, time(11), time(12, 20)), (TUTH, time(14), time(15, 20)),
]  # fmt: skip
# Course, section number, which of TIMES, which room, which teacher, seats, places in line.
PLAN = [
    ("CS 101", "001", 0, 0, 1, 60, 20), ("CS 101", "002", 5, 0, 2, 24, 10),
    ("CS 102", "001", 1, 1, 0, 40, 20), ("CS 102", "002", 6, 1, 3, 24, 10),
    ("CS 210", "001", 2, 1, 0, 30, 10), ("CS 330", "001", 7, 1, 4, 30, 10),
    ("MATH 20A", "001", 3, 0, 5, 60, 20), ("MATH 20A", "002", 7, 0, 6, 40, 10),
    ("MATH 20B", "001", 5, 2, 7, 30, 10), ("MATH 110", "001", 4, 2, 5, 30, 10),
    ("HIST 12", "001", 2, 0, 8, 80, 20), ("BIO 1", "001", 1, 0, 9, 90, 20),
    ("BIO 1L", "001", 7, 6, 9, 12, 6), ("BIO 1L", "002", 6, 6, 9, 12, 6),
    ("ART 30", "001", 4, 7, 8, 12, 8), ("ART 30", "002", 6, 7, 8, 12, 8),
    ("ECON 1", "001", 3, 4, 4, 100, 20), ("ECON 1", "002", 0, 4, 4, 40, 10),
    ("LIT 55", "001", 3, 3, 7, 16, 8), ("PHYS 2A", "001", 0, 1, 3, 40, 10),
    ("MATH 20B", "002", 1, 2, 6, 30, 10), ("HIST 12", "002", 5, 3, 8, 40, 10),
]  # fmt: skip
HALLS = {"OAK": "Oak Hall", "SCI": "Science Building"}
# Hall, number, name, seats, what the room has.
ROOMS: list[tuple[str, str, str, int, list[str]]] = [
    ("OAK", "101", "Great lecture hall", 120, ["Projector", "Microphone", "Recording"]),
    ("OAK", "102", "", 60, ["Projector", "Whiteboard"]), ("OAK", "201", "", 40, ["Projector", "Whiteboard"]),
    ("OAK", "202", "Seminar room", 40, ["Movable tables", "Whiteboard"]),
    ("SCI", "101", "Lecture theatre", 120, ["Projector", "Microphone"]), ("SCI", "102", "", 60, ["Projector"]),
    ("SCI", "201", "Biology laboratory", 40, ["Lab benches", "Fume hood", "Sinks"]),
    ("SCI", "202", "Studio", 40, ["North light", "Sinks", "Movable tables"]),
]  # fmt: skip
# Two courses that are one class in one room, and its seats.
ONE_CLASS = ["HIST 140 001", "LIT 140 001"]
TOGETHER = 30
# Without a room, times and a teacher still.
BARE = ("PHYS 2A", "002")


class Classes:
    """The sections of the current term by code, and the courses."""

    def __init__(self) -> None:
        self.courses: dict[str, Course] = {}
        self.sections: dict[str, Section] = {}
        self.times: dict[str, int] = {}
        self.rooms: list[Room] = []


def make_classes(calendar: Calendar, people: People) -> Classes:
    made = Classes()
    made.courses = _catalogue()
    made.rooms = _rooms()
    for number, (code, section, slot, room, teacher, seats, line) in enumerate(PLAN):
        fields = {"capacity": seats, "waitlist_capacity": line, "schedule_type": "LAB" if "L" in code[-1] else "LEC"}
        row = _section(made, calendar.term, code, section, f"{50101 + number}", people.teachers[teacher], **fields)
        made.times[f"{code} {section}"] = slot
        _meet([row], slot, [people.teachers[teacher]], made.rooms[room])
    _apart(made, calendar, people)
    for number, (code, section, *_rest) in enumerate(PLAN[::2]):
        # Planned: the office has yet to give them rooms, times and teachers.
        create_section(
            made.courses[code], calendar.coming, by=None, crn=f"{60101 + number}", section_number=section, capacity=30
        )
    return made


def _apart(made: Classes, calendar: Calendar, people: People) -> None:
    """Make what is not as usual: two that are one class, one online, one to be arranged, one still without a room."""
    term, teachers = calendar.term, people.teachers
    history = _section(made, term, "HIST 140", "001", "50201", teachers[8], capacity=20, waitlist_capacity=10)
    letters = _section(made, term, "LIT 140", "001", "50202", teachers[7], capacity=20, waitlist_capacity=10)
    cross_list([history, letters], by=None, capacity=TOGETHER)
    _meet([history, letters], 2, [teachers[7]], made.rooms[2])
    online = {"instructional_method": Section.Method.ONLINE, "capacity": 50}
    distant = _section(made, term, "ECON 1", "900", "50203", teachers[4], **online)
    _meet([distant], 5, [teachers[4]], None)
    arranged = _section(made, term, "ART 99", "001", "50204", teachers[8], capacity=None, schedule_type="IND")
    schedule_pattern([arranged], by=None, instructors=[teachers[8]], schedule_type="IND")
    _section(made, term, *BARE, "50205", None, capacity=40, waitlist_capacity=10)
    made.times |= dict.fromkeys(ONE_CLASS, 2) | {"ECON 1 900": 5}
    _cancelled(made, calendar, people)
    # A student who helps: what an assistant may see differs from what an instructor may.
    helped = made.sections["CS 102 001"]
    set_instructors(helped, [(teachers[0], "instructor", True), (people.students[1].user, "assistant", False)], by=None)


def _cancelled(made: Classes, calendar: Calendar, people: People) -> None:
    """Cancel a section that nobody had taken and that had not begun; its times and room are free again."""
    starts = calendar.term.start_date + timedelta(weeks=6)
    row = _section(made, calendar.term, "ECON 1", "003", "50206", people.teachers[4], capacity=40, start_date=starts)
    _meet([row], 2, [people.teachers[4]], made.rooms[4])
    cancel_section(made.sections.pop("ECON 1 003"), by=None)


def _section(
    made: Classes, term: Term, code: str, number: str, crn: str, teacher: User | None, **fields: Any
) -> Section:
    row = create_section(made.courses[code], term, by=None, crn=crn, section_number=number, **fields)
    if teacher is not None:
        set_instructors(row, [(teacher, "instructor", True)], by=None)
    made.sections[f"{code} {number}"] = open_section(row, by=None)
    return made.sections[f"{code} {number}"]


def _meet(sections: Sequence[Section], slot: int, teachers: Sequence[User], room: Room | None) -> None:
    days, start, end = TIMES[slot]
    schedule_pattern(
        sections,
        by=None,
        days=days,
        start_time=start,
        end_time=end,
        room=room,
        instructors=teachers,
        schedule_type=sections[0].schedule_type or "LEC",
    )


def _catalogue() -> dict[str, Course]:
    subjects = {code: create_subject(code=code, name=name, by=None) for code, name in SUBJECTS.items()}
    courses = {}
    for subject, number, title, credit, words in TITLES:
        fields = {"title": title, "description": words, "credit_hours_min": credit, "credit_hours_max": credit}
        course = create_course(by=None, subject=subjects[subject], number=number, **fields)
        courses[course.code] = publish_course(course, by=None)
    # One that is not ready yet, and one that is taught no more.
    create_course(by=None, subject=subjects["CS"], number="240", title="Human-Computer Interaction", description="")
    old = create_course(by=None, subject=subjects["ART"], number="31", title="Darkroom Photography", description="")
    archive_course(publish_course(old, by=None), by=None)
    for later, earlier in PREREQUISITES:
        leaf = {"course": str(courses[earlier].public_id), "min_grade": "C"}
        set_requirement(courses[later], {"all": [leaf]}, by=None)
    return courses


def _rooms() -> list[Room]:
    halls = {code: create_building(by=None, code=code, name=name) for code, name in HALLS.items()}
    return [
        create_room(by=None, building=halls[hall], code=code, name=name, capacity=seats, features=features)
        for hall, code, name, seats, features in ROOMS
    ]
