"""Office hours: several kinds, bookings to come and some that are over."""

from datetime import date, datetime, time, timedelta

from accounts.models import User
from appointments.models import Appointment, AppointmentEvent, AppointmentType, Session
from appointments.operations import add_override, book, cancel, create_type, ensure_schedule, move, set_weekly_hours
from appointments.operations.availability import Hours
from coursemgmt.demo.calendar import Calendar, at
from coursemgmt.demo.classes import Classes
from coursemgmt.demo.people import People

# After the last class of the day, so that nobody has to choose between the two.
OPENS, CLOSES = 16, 18
DAYS = [{0, 1, 2, 3}, {0, 2}, {1, 3}, {2, 4}, {0, 3}]
TOPICS = ["The second problem set", "Choosing next term's classes", "A reference letter", "Last week's quiz"]


def make_hours(calendar: Calendar, people: People, classes: Classes) -> None:
    kinds = [_offer(n, host, days=_days(n)) for n, host in enumerate(people.teachers)]
    alice = people.alice.user
    ivan = people.teachers[0]
    create_type(
        ivan,
        by=ivan,
        title="Thesis advising",
        description="For students who write with me. Please send a page before we meet.",
        modality="video",
        location="https://meet.example.edu/ivan",
        duration_minutes=45,
        interval_minutes=45,
        buffer_after_minutes=15,
        notice_minutes=24 * 60,
        sections=[classes.sections["CS 210 001"]],
    )
    group = create_type(
        ivan,
        by=ivan,
        title="Exam review, in a group",
        description="Bring one question each.",
        location="Oak Hall 102",
        duration_minutes=60,
        interval_minutes=60,
        seats=6,
        max_open_per_student=None,
    )
    talk = create_type(
        ivan,
        by=ivan,
        title="Reference letters",
        description="Tell me in a line what the letter is for.",
        duration_minutes=30,
        interval_minutes=30,
        needs_confirmation=True,
        answer_hours=168,
    )
    days = calendar.working_days(_days(0), 6)
    _book(kinds[0], alice, at(days[0], 16), "The second problem set")
    _book(kinds[0], people.students[5].user, at(days[0], 16, 40), "How trees are balanced")
    for n in (0, 6, 7, 8):
        _book(group, people.students[n].user, at(days[1], 17), "Recursion")
    in_thesis = people.students[1].user
    book(kinds[0], in_thesis, at(days[2], 16), by=in_thesis, topic="My role as an assistant")
    asking = people.students[9].user
    book(talk, asking, at(days[3], 17), by=asking, topic="A letter for a summer school")
    _others(calendar, people, kinds)
    _over(calendar, people, kinds)
    schedule = ensure_schedule(ivan, by=ivan)
    away = days[5] + timedelta(weeks=2)
    add_override(schedule, by=ivan, kind="block", start_date=away, end_date=away, note="At a conference")


def _days(n: int) -> set[int]:
    return DAYS[n % len(DAYS)]


def _offer(n: int, host: User, days: set[int]) -> AppointmentType:
    schedule = ensure_schedule(host, by=host)
    set_weekly_hours(schedule, [Hours(day, time(OPENS), time(CLOSES)) for day in sorted(days)], by=host)
    return create_type(
        host,
        by=host,
        title="Office hours",
        description="Bring your questions about the class.",
        location=f"Oak Hall, office {301 + n}",
        duration_minutes=20,
        interval_minutes=20,
        horizon_days=28,
        max_open_per_student=2,
    )


def _book(kind: AppointmentType, student: User, starts_at: datetime, topic: str) -> Appointment:
    # By the system, which the least notice does not bind: the university can be made at any hour.
    return book(kind, student, starts_at, by=None, topic=topic)


def _others(calendar: Calendar, people: People, kinds: list[AppointmentType]) -> None:
    """Book some with every other host; one of Alice's is moved, one is cancelled by its host."""
    alice = people.alice.user
    for n, kind in enumerate(kinds[1:], start=1):
        days = calendar.working_days(_days(n), 3)
        for k, day in enumerate(days):
            student = people.students[10 + 3 * n + k].user
            _book(kind, student, at(day, 16, 20 * k), TOPICS[(n + k) % len(TOPICS)])
    days = calendar.working_days(_days(1), 3)
    moved = _book(kinds[1], alice, at(days[1], 17), "A reference letter")
    move(moved, at(days[2], 17, 20), by=kinds[1].host)
    day = calendar.working_days(_days(2), 2)[1]
    off = _book(kinds[2], alice, at(day, 17), "Choosing next term's classes")
    cancel(off, by=kinds[2].host, reason="I am at a faculty meeting then. Please take another time.")


def _over(calendar: Calendar, people: People, kinds: list[AppointmentType]) -> None:
    for n, day in enumerate(calendar.past_days(_days(0), 4)):
        _was(kinds[0], people.students[0 if n == 1 else 30 + n].user, day)


def _was(kind: AppointmentType, student: User, day: date) -> None:
    """Write an appointment that took place: a fact that no deed of today could write."""
    starts_at, ends_at = at(day, 16), at(day, 16, 20)
    session = Session.objects.create(
        type=kind,
        host=kind.host,
        starts_at=starts_at,
        ends_at=ends_at,
        block_starts_at=starts_at,
        block_ends_at=ends_at,
        location=kind.location,
    )
    booked_at = starts_at - timedelta(days=2)
    appointment = Appointment.objects.create(
        session=session, student=student, topic=TOPICS[0], booked_by=student, booked_at=booked_at
    )
    AppointmentEvent.objects.create(
        appointment=appointment, kind="booked", actor=student, starts_at=starts_at, at=booked_at
    )
