"""What stands between students and seats: holds, windows, reserved seats, approvals, and what students ask for."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from coursemgmt.demo.calendar import Calendar, at
from coursemgmt.demo.classes import Classes
from coursemgmt.demo.people import People
from courses.models import Section
from courses.operations import change_section, change_term
from students.models import Enrollment, StudentProfile
from students.operations import (
    await_payment,
    create_window,
    place_hold,
    request_approval,
    request_override,
    reserve_seats,
    restrict,
)
from students.queries.registration import registration_check

# Ivan's, so that a request and a seat to approve wait for one who can sign in.
APPROVED = "CS 210 001"
RESERVED = "ECON 1 001"
RESTRICTED = "ART 99"
ASKERS = range(40, 90)


def set_rules(calendar: Calendar, people: People, classes: Classes) -> None:
    change_term(calendar.term, by=None, credits_min=Decimal(9), credits_max=Decimal(20))
    _windows(calendar)
    _holds(people)
    reserve_seats(
        classes.sections[RESERVED], by=None, seats=5, level="graduate", releases_at=at(calendar.today, 8) + _weeks(3)
    )
    restrict(classes.courses[RESTRICTED], by=None, standing="good")
    section = change_section(classes.sections[APPROVED], by=None, approval=Section.Approval.INSTRUCTOR)
    asks = _first(people, section, {"approval_needed"})
    request_approval(asks, section, by=asks.user, message="I have taken the seminar that leads up to it.")
    lacks = _first(people, section, {"approval_needed", "prerequisites_missing"})
    message = "I passed an equivalent course before I came here."
    request_override(lacks, section, "prerequisite", by=lacks.user, message=message)
    _one_to_pay(people)


def _one_to_pay(people: People) -> None:
    """Let a seat in a class without marks wait for its payment."""
    seats = Enrollment.objects.filter(status="registered", section__grade_items=None).exclude(student=people.alice)
    until = timezone.now() + timedelta(days=9)
    await_payment(seats.order_by("pk")[0], until, by=people.registrar, reason="Materials of the class")


def _weeks(number: int) -> timedelta:
    return timedelta(weeks=number)


def _windows(calendar: Calendar) -> None:
    """Let graduate students register for the coming term first, and everybody else a week later."""
    opens = calendar.coming.registration_opens_at or at(calendar.coming.start_date, 0)
    later, limits = opens + _weeks(1), {"credits_min": Decimal(12), "credits_max": Decimal(18)}
    everybody = create_window(calendar.coming, by=None, name="Everybody", priority=90, opens_at=later, **limits)
    create_window(
        calendar.coming,
        by=None,
        name="Graduate students",
        level="graduate",
        priority=10,
        opens_at=opens,
        closes_at=later,
        credits_max=Decimal(12),
        fallback=everybody,
    )


def _holds(people: People) -> None:
    note = "A fee of the last term is open."
    place_hold(people.students[33], by=people.registrar, cause="financial", office="Bursar, Oak Hall 12", note=note)
    place_hold(
        people.students[34], by=people.registrar, cause="advising", office="Advising centre", blocks_register=False,
        blocks_drop=True,
    )  # fmt: skip


def _first(people: People, section: Section, missing: set[str]) -> StudentProfile:
    """Return the first student between whom and the section exactly these rules stand."""
    return next(
        student
        for student in (people.students[n] for n in ASKERS)
        if {rule.name for rule in registration_check(student, section).failed} == missing
    )
