"""Why not? Every rule between a student and a seat, in the order a person would want to hear them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Conflict
from core.rules import Check, Rule
from courses.models import Section
from scheduling.models import Meeting
from scheduling.queries.busy import Busy
from students.errors import (
    AccountInactive,
    AlreadyEnrolled,
    AlreadyWaiting,
    EnrollmentClosed,
    LineClosed,
    LineFull,
    LineOff,
    LinkedMissing,
    SeatsFree,
    SeatsReserved,
    SectionFull,
    SectionNotOpen,
    said,
)
from students.models import Enrollment, Override, OverrideRequest, StudentProfile, WaitlistEntry
from students.queries.personal import marks_of, personal_rules
from students.queries.rules import rule
from students.queries.seats import Seats, seats
from students.querysets import LIVE

CLASS = "class"
ASKED = "asked"


def registration_check(
    student: StudentProfile,
    section: Section,
    now: datetime | None = None,
    for_seat: bool = True,
    *,
    in_line: bool = False,
    personal: list[Rule] | None = None,
    place: "Place | None" = None,
    together: Iterable[Section] = (),
) -> Check:
    """Return every rule between `student` and a seat in `section`: passed or not, why, and who can lift it.

    With `for_seat` False the rules of joining the line stand in place of the rule of capacity (features.md 2.4, rule
    1). `in_line` says that the student's own turn has come: those who wait do not stand in the way. `personal` are
    the `personal_rules`, and `place` is the `place_of`, when they were asked already. `together` are the other
    sections that are taken in the same act. A student without a row yet has done nothing. The answer is final only
    under the section's lock.
    """
    now = now or timezone.now()
    place = place or place_of(student, section, now)
    if personal is None:
        personal = [] if place.is_enrolled else personal_rules(student, section, now, place.marks, None, together)
    rules = [
        rule(student.user.is_active, AccountInactive()),
        rule(section.status == Section.Status.OPEN, SectionNotOpen()),
        _window(section, now, Override.Kind.LATE_ADD in place.marks),
        rule(not place.is_enrolled, AlreadyEnrolled()),
        *([] if place.is_enrolled else personal),
    ]
    if in_line or not for_seat:
        rules = _for_line(rules, section)
    return Check(rules + (_seat(place, in_line) if for_seat else line_rules(section, place, now)))


@dataclass(frozen=True)
class Place:
    """What the rows of a section say of one student: in it, in its line, with which permissions; and its seats."""

    seats: Seats
    is_enrolled: bool
    is_waiting: bool
    marks: frozenset[str]
    # Seats that this student may take; None where there is no limit.
    free: int | None
    # A live offer keeps a seat for this student.
    is_offered: bool = False

    @property
    def has_free(self) -> bool:
        return self.free is None or self.free > 0


def place_of(student: StudentProfile, section: Section, now: datetime, found: Seats | None = None) -> Place:
    """Return the place of the student, by one query besides those for the seats, unless these were `found`."""
    own = {"student_id": student.pk, "section_id": section.pk}
    enrolled = Enrollment.objects.live().filter(**own).order_by().values_list(Value("enrolled"))
    waiting = WaitlistEntry.objects.waiting().filter(**own).order_by().values_list(Value("waiting"))
    offered = WaitlistEntry.objects.offered(now).filter(**own).order_by().values_list(Value("offered"))
    asked = OverrideRequest.objects.open().filter(**own).order_by().values_list(Value(ASKED))
    marks = marks_of(student, section, now, enrolled, waiting, offered, asked)
    found, is_offered = found or seats(section, now), "offered" in marks
    return Place(found, "enrolled" in marks, "waiting" in marks, marks, found.free_for(student), is_offered)


def line_check(seat: Check, section: Section, place: Place, now: datetime) -> Check:
    """Return the check of a place in line from that of a seat: what both ask is not asked again."""
    both = seat.without(AlreadyWaiting.code, SectionFull.code, SeatsReserved.code)
    return Check([*_for_line(both.rules, section), *line_rules(section, place, now)])


def _for_line(rules: list[Rule], section: Section) -> list[Rule]:
    """Leave out what belongs to a lecture: whoever gets it from its line chooses the lab then."""
    return rules if section.linked_to_id else [one for one in rules if one.name != LinkedMissing.code]


def _window(section: Section, now: datetime, lifted: bool) -> Rule:
    opens, closes = section.opens_at, section.closes_at
    error = EnrollmentClosed()
    if opens and now < opens:
        error = EnrollmentClosed(_("Registration opens on %(when)s."), when=said(opens), opens_at=opens.isoformat())
        return rule(lifted, error, Override.Kind.LATE_ADD)
    if closes and now >= closes:
        error = EnrollmentClosed(_("Registration ended on %(when)s."), when=said(closes), closed_at=closes.isoformat())
        return rule(lifted, error, Override.Kind.LATE_ADD)
    return rule(True, error, Override.Kind.LATE_ADD)


def _seat(place: Place, in_line: bool) -> list[Rule]:
    found, over = place.seats, Override.Kind.CAPACITY in place.marks
    waits = not in_line and place.is_waiting
    # While people wait, a newcomer cannot take a freed seat. A seat that is offered is kept for its student.
    passed = over or place.is_offered or (place.has_free and (in_line or not found.waiting))
    error: Conflict = SectionFull(capacity=found.capacity, waiting=found.waiting, free=found.free)
    if found.has_free and not place.has_free and not passed:
        reserved = "; ".join(row.words for row in found.reserved if row.left)
        error = SeatsReserved(reserved=reserved, free=found.free)
    elif place.has_free and not passed:
        message = _("The free seats are for the %(waiting)s in line.")
        error = SectionFull(message, capacity=found.capacity, waiting=found.waiting, free=found.free)
    return [rule(over or not waits, AlreadyWaiting()), rule(passed, error, Override.Kind.CAPACITY)]


def line_rules(section: Section, place: Place, now: datetime) -> list[Rule]:
    """Return what stands between the student and a place in line, besides what stands before a seat."""
    found = place.seats
    limit = section.waitlist_capacity
    return [
        rule(section.waitlist_mode != Section.WaitlistMode.OFF, LineOff()),
        _line_open(section, now),
        rule(not place.is_waiting and not place.is_offered, AlreadyWaiting()),
        rule(not place.has_free or found.waiting > 0, SeatsFree()),
        rule(limit is None or found.waiting < limit, LineFull(waiting=found.waiting, line_capacity=limit)),
    ]


def _line_open(section: Section, now: datetime) -> Rule:
    closes = section.waitlist_closes_at
    if closes is None or now < closes:
        return rule(True, LineClosed(when=""))
    return rule(False, LineClosed(when=said(closes), closed_at=closes.isoformat()))


def class_times(users: Any, starts_at: datetime, ends_at: datetime) -> list[Busy]:
    """Return the class meetings of live enrollments of these people: the provider of busy times of this app."""
    taken = Meeting.objects.standing().within(starts_at, ends_at)
    taken = taken.filter(
        pattern__sections__enrollments__status__in=LIVE,
        pattern__sections__enrollments__student__user__in=list(users),
    ).distinct()
    found = taken.values_list(
        "pattern__sections__enrollments__student__user_id",
        "starts_at",
        "ends_at",
        "pattern__sections__course__subject__code",
        "pattern__sections__course__number",
        "pattern__sections__section_number",
        "pattern__sections__public_id",
    )
    return [
        Busy(
            user_id=user,
            starts_at=start,
            ends_at=end,
            kind=CLASS,
            title=f"{subject} {number} {section}",
            url=f"/classes/{public_id}/",
            hard=True,
        )
        for user, start, end, subject, number, section, public_id in found
    ]
