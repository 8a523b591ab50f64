"""A student's own enrollments and places in line, and where the student stands in one section."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.rules import Check
from courses.models import Section
from students.models import Enrollment, StudentProfile, WaitlistEntry
from students.queries.registration import registration_check
from students.queries.seats import positions


@dataclass(frozen=True)
class Standing:
    """Where a student stands in a section: enrolled, in line, or what is in the way."""

    enrollment: Enrollment | None = None
    entry: WaitlistEntry | None = None
    position: tuple[int, int] | None = None
    seat_check: Check | None = None
    line_check: Check | None = None

    @property
    def position_text(self) -> str:
        return position_text(self.position)


def position_text(place: tuple[int, int] | None) -> str:
    return _("%(rank)s of %(line)s") % {"rank": place[0], "line": place[1]} if place else ""


def standing(student: StudentProfile, section: Section, now: datetime | None = None) -> Standing:
    """Return where `student` stands in `section`; the checks only where a button would ask them."""
    enrollment = Enrollment.objects.live().filter(student_id=student.pk, section=section).first()
    if enrollment is not None:
        return Standing(enrollment=enrollment)
    entry = WaitlistEntry.objects.waiting().filter(student_id=student.pk, section=section).first()
    if entry is not None:
        return Standing(entry=entry, position=positions([entry]).get(entry.pk))
    seat = registration_check(student, section, now)
    line = None if seat.ok else registration_check(student, section, now, for_seat=False)
    return Standing(seat_check=seat, line_check=line)


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
        .select_related("section__course__subject", "section__term")
        .prefetch_related("events__actor")
        .order_by("-section__term__start_date", "section__course__sort_key", "pk")
    )
    return [_row(enrollment, now) for enrollment in found]


def _row(enrollment: Enrollment, now: datetime) -> EnrollmentRow:
    names = dict(Enrollment.Status.choices)
    history = [
        {
            "at": event.at,
            "text": names.get(event.to_status, event.to_status),
            "who": event.actor.display_name if event.actor else _("the system"),
            "reason": event.reason,
        }
        for event in reversed(enrollment.events.all())
    ]
    term = enrollment.section.term
    may_drop = enrollment.is_live and not (term.drop_deadline and now >= term.drop_deadline)
    in_time = not (term.withdraw_deadline and now >= term.withdraw_deadline)
    return EnrollmentRow(enrollment, history, may_drop, enrollment.is_live and not may_drop and in_time)


def line_of(section: Section) -> list[tuple[int, WaitlistEntry]]:
    """Return the places of a section's line in order, from 1."""
    line = WaitlistEntry.objects.waiting().filter(section=section).in_order().select_related("student__user")
    return list(enumerate(line, start=1))


def waiting_of(student: StudentProfile) -> list[tuple[WaitlistEntry, str]]:
    """Return the places in line of a student, each with "3 of 12"."""
    entries = list(
        WaitlistEntry.objects.waiting()
        .filter(student=student)
        .select_related("section__course__subject", "section__term")
        .order_by("joined_at", "pk")
    )
    places = positions(entries)
    return [(entry, position_text(places.get(entry.pk))) for entry in entries]
