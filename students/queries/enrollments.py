"""A student's own enrollments and places in line, and where the student stands in one section."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from core.rules import Check
from courses.models import Section, Term
from students.errors import ApprovalNeeded, LinkedMissing
from students.models import Enrollment, EnrollmentEvent, OverrideRequest, StudentProfile, WaitlistEntry, WaitlistEvent
from students.queries.grades import posted_grade
from students.queries.registration import ASKED, line_check, personal_rules, place_of, registration_check
from students.queries.requests import Explained, explained, open_requests
from students.queries.requirements import Record
from students.queries.seats import Seats, positions
from students.querysets import IN_LINE, EnrollmentQuerySet


@dataclass(frozen=True)
class Standing:
    """Where a student stands in a section: enrolled, in line, or what is in the way."""

    enrollment: Enrollment | None = None
    may_drop: bool = False
    may_withdraw: bool = False
    entry: WaitlistEntry | None = None
    position: tuple[int, int] | None = None
    seat_check: Check | None = None
    line_check: Check | None = None
    asked: dict[str, OverrideRequest] = field(default_factory=dict)

    @property
    def rules(self) -> list[Explained]:
        """Every rule before a seat, those that fail first, with what was asked about them."""
        return explained(self.seat_check, self.asked) if self.seat_check else []

    @property
    def may_ask_approval(self) -> bool:
        """Whether nothing but the approval is in the way."""
        return self.seat_check is not None and {rule.name for rule in self.seat_check.failed} == {ApprovalNeeded.code}

    @property
    def choices(self) -> list[list[dict[str, str]]]:
        """What is to be taken together with the section, when nothing else is in the way."""
        failed = self.seat_check.failed if self.seat_check else []
        return failed[0].error.facts["choices"] if {rule.name for rule in failed} == {LinkedMissing.code} else []

    @property
    def position_text(self) -> str:
        return position_text(self.position)

    @property
    def line_refusal(self) -> Check | None:
        """What keeps the student out of the line besides what keeps them from a seat anyway."""
        if self.line_check is None or self.seat_check is None or self.line_check.ok:
            return None
        return self.line_check.without(*(rule.name for rule in self.seat_check.rules))


def position_text(place: tuple[int, int] | None) -> str:
    return _("%(rank)s of %(line)s") % {"rank": place[0], "line": place[1]} if place else ""


def standing(student: StudentProfile, section: Section, seats: Seats, record: Record) -> Standing:
    """Return where `student` stands in `section`; the checks only where a button would ask them.

    `seats` and `record` are what the page shows of the section anyway.
    """
    now = timezone.now()
    place = place_of(student, section, now, seats)
    if place.is_enrolled:
        enrollment = Enrollment.objects.live().filter(student_id=student.pk, section=section).first()
        if enrollment is not None:
            may_drop, may_withdraw = endings(enrollment, section.term, now)
            return Standing(enrollment=enrollment, may_drop=may_drop, may_withdraw=may_withdraw)
    if place.is_waiting or place.is_offered:
        places = WaitlistEntry.objects.in_line().select_related("swap_enrollment__section__course__subject")
        entry = places.filter(student_id=student.pk, section=section).first()
        if entry is not None:
            return Standing(entry=entry, position=positions([entry]).get(entry.pk))
    personal = personal_rules(student, section, now, place.marks, record)
    seat = registration_check(student, section, now, personal=personal, place=place)
    line = None if seat.ok else line_check(seat, section, place, now)
    asked = open_requests(student, section) if ASKED in place.marks else {}
    return Standing(seat_check=seat, line_check=line, asked=asked)


def endings(enrollment: Enrollment, term: Term, now: datetime) -> tuple[bool, bool]:
    """Return whether the student may still drop, and whether only a withdrawal, which stays on record, is left."""
    drop_by, withdraw_by = term.in_force("drop_deadline"), term.in_force("withdraw_deadline")
    may_drop = enrollment.is_live and not (drop_by and now >= drop_by)
    in_time = not (withdraw_by and now >= withdraw_by)
    return may_drop, enrollment.is_live and not may_drop and in_time


def swappable(student: StudentProfile, section: Section) -> EnrollmentQuerySet:
    """Return the classes of the same term that a student could give up for a seat in `section`."""
    found = Enrollment.objects.live().filter(student_id=student.pk, section__term=section.term_id)
    return found.exclude(section=section).select_related("section__course__subject").order_by("section__course", "pk")


@dataclass(frozen=True)
class EnrollmentRow:
    enrollment: Enrollment
    history: list[dict[str, Any]]
    may_drop: bool
    may_withdraw: bool


def enrollments_of(student: StudentProfile, now: datetime | None = None) -> list[EnrollmentRow]:
    """Return all enrollments of every term, newest term first, each with its history, newest change first."""
    now = now or timezone.now()
    found = (
        Enrollment.objects.filter(student=student)
        .select_related("section__course__subject", "section__term__parent")
        .annotate(posted_grade=posted_grade())
        .prefetch_related(Prefetch("events", EnrollmentEvent.objects.select_related("actor")))
        .order_by("-section__term__start_date", "section__term_id", "section__course__sort_key", "pk")
    )
    return [_row(enrollment, now) for enrollment in found]


def _row(enrollment: Enrollment, now: datetime) -> EnrollmentRow:
    names = dict(Enrollment.Status.choices)
    history = _story(enrollment, lambda event: names.get(event.to_status, event.to_status))
    return EnrollmentRow(enrollment, history, *endings(enrollment, enrollment.section.term, now))


def _story(thing: Any, text: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """Return the events of an enrollment or a place in line as a page tells them, newest first."""
    return [
        {
            "at": event.at,
            "text": text(event),
            "who": event.actor.display_name if event.actor else _("the system"),
            "reason": event.reason,
        }
        for event in reversed(thing.events.all())
    ]


def line_of(section: Section) -> list[tuple[int, WaitlistEntry]]:
    """Return the places of a section's line in order, from 1."""
    line = WaitlistEntry.objects.waiting().filter(section=section).in_order().select_related("student__user")
    return list(enumerate(line, start=1))


def offers_in(section: Section) -> list[WaitlistEntry]:
    """Return the places of a section to which a seat is offered, the first that ends first."""
    found = WaitlistEntry.objects.filter(section=section, status=WaitlistEntry.Status.OFFERED)
    return list(found.select_related("student__user").order_by("offer_expires_at", "seq"))


@dataclass(frozen=True)
class EntryRow:
    """A place in line, "3 of 12" while it waits, with what happened to it, newest first."""

    entry: WaitlistEntry
    place: str
    history: list[dict[str, Any]]

    @property
    def is_open(self) -> bool:
        """Whether the student waits, or holds an offer."""
        return self.entry.status in IN_LINE


def entries_of(student: StudentProfile) -> list[EntryRow]:
    """Return the places in line of a student, those that are over too, newest first."""
    entries = list(
        WaitlistEntry.objects.filter(student=student)
        .select_related("section__course__subject", "section__term", "swap_enrollment__section__course__subject")
        .prefetch_related(Prefetch("events", WaitlistEvent.objects.select_related("actor")))
        .order_by("-joined_at", "-pk")
    )
    places = positions(entries)
    return [
        EntryRow(entry, position_text(places.get(entry.pk)), _story(entry, lambda event: event.get_kind_display()))
        for entry in entries
    ]
