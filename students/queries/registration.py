"""Why not? Every rule between a student and a seat, in the order a person would want to hear them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.rules import Check, Rule
from core.rules import rule as core_rule
from courses.models import Requirement, Section
from scheduling.models import Claim, Meeting
from scheduling.queries.busy import Busy, describe
from students.errors import (
    AccountInactive,
    AlreadyEnrolled,
    AlreadyWaiting,
    EnrollmentClosed,
    LineFull,
    LineOff,
    NotWith,
    PrerequisitesMissing,
    SeatsFree,
    SectionFull,
    SectionNotOpen,
    TimeConflict,
    said,
)
from students.models import Enrollment, Override, StudentProfile, WaitlistEntry
from students.queries.requirements import Record
from students.queries.seats import Seats, seats
from students.querysets import LIFTED_BY_INSTRUCTORS, LIVE

CLASS = "class"
TITLES = {
    AccountInactive.code: gettext_lazy("Account"),
    SectionNotOpen.code: gettext_lazy("State of the section"),
    EnrollmentClosed.code: gettext_lazy("Registration dates"),
    AlreadyEnrolled.code: gettext_lazy("Not enrolled yet"),
    PrerequisitesMissing.code: gettext_lazy("Prerequisites"),
    NotWith.code: gettext_lazy("Courses that exclude this one"),
    TimeConflict.code: gettext_lazy("Time"),
    AlreadyWaiting.code: gettext_lazy("Not in line yet"),
    SectionFull.code: gettext_lazy("Free seat"),
    LineOff.code: gettext_lazy("Waitlist"),
    SeatsFree.code: gettext_lazy("No free seat"),
    LineFull.code: gettext_lazy("Free place in line"),
}


def registration_check(
    student: StudentProfile,
    section: Section,
    now: datetime | None = None,
    for_seat: bool = True,
    *,
    in_line: bool = False,
    personal: list[Rule] | None = None,
    place: "Place | None" = None,
) -> Check:
    """Return every rule between `student` and a seat in `section`: passed or not, why, and who can lift it.

    With `for_seat` False the rules of joining the line stand in place of the rule of capacity (features.md 2.4, rule
    1). `in_line` says that the student's own turn has come: those who wait do not stand in the way. `personal` are
    the `personal_rules`, and `place` is the `place_of`, when they were asked already. A student without a row yet has
    done nothing. The answer is final only under the section's lock.
    """
    now = now or timezone.now()
    place = place or place_of(student, section, now)
    if personal is None:
        personal = [] if place.is_enrolled else personal_rules(student, section, now, place.lifted)
    rules = [
        rule(student.user.is_active, AccountInactive()),
        rule(section.status == Section.Status.OPEN, SectionNotOpen()),
        _window(section, now, Override.Kind.LATE_ADD in place.lifted),
        rule(not place.is_enrolled, AlreadyEnrolled()),
        *([] if place.is_enrolled else personal),
    ]
    return Check(rules + (_seat(place, in_line) if for_seat else line_rules(section, place)))


@dataclass(frozen=True)
class Place:
    """What the rows of a section say of one student: in it, in its line, with which permissions; and its seats."""

    seats: Seats
    is_enrolled: bool
    is_waiting: bool
    lifted: frozenset[str]


def place_of(student: StudentProfile, section: Section, now: datetime, found: Seats | None = None) -> Place:
    """Return the place of the student, by one query besides those for the seats, unless these were `found`."""
    own = {"student_id": student.pk, "section_id": section.pk}
    enrolled = Enrollment.objects.live().filter(**own).order_by().values_list(Value("enrolled"))
    waiting = WaitlistEntry.objects.waiting().filter(**own).order_by().values_list(Value("waiting"))
    permits = open_overrides(student, section, now).order_by().values_list("kind")
    words = {word for (word,) in enrolled.union(waiting, permits)}
    lifted = frozenset(words - {"enrolled", "waiting"})
    return Place(found or seats(section, now), "enrolled" in words, "waiting" in words, lifted)


def line_check(seat: Check, section: Section, place: Place) -> Check:
    """Return the check of a place in line from that of a seat: what both ask is not asked again."""
    both = seat.without(AlreadyWaiting.code, SectionFull.code)
    return Check([*both.rules, *line_rules(section, place)])


def personal_rules(
    student: StudentProfile,
    section: Section,
    now: datetime,
    lifted: Collection[str] | None = None,
    record: Record | None = None,
) -> list[Rule]:
    """Return the rules about the student's own record and time. They are final under the lock of the student alone.

    Asked before the section's lock, which many wait for, is taken. `lifted` are the kinds of the open permissions.
    """
    if lifted is None:
        lifted = set(open_overrides(student, section, now).values_list("kind", flat=True))
    return [
        *_requirements(record or Record(student, section), Override.Kind.PREREQUISITE in lifted),
        _time(student, section, now, Override.Kind.TIME_CONFLICT in lifted),
    ]


def rule(passed: bool, error: DomainError, lifted_with: str | None = None) -> Rule:
    """Return a rule of registration with its title, the kind of permission that lifts it and who gives that."""
    who = None
    if lifted_with is not None:
        by_instructor = lifted_with in LIFTED_BY_INSTRUCTORS
        who = _("the instructor or the registrar") if by_instructor else _("the registrar")
    return core_rule(passed, error, who, title=str(TITLES[error.code]), lifted_with=lifted_with)


def open_overrides(student: StudentProfile, section: Section, now: datetime) -> Any:
    """Return the permissions of this student that are neither used nor expired."""
    rows = Override.objects.filter(student_id=student.pk, section=section, used_at__isnull=True)
    return rows.exclude(expires_at__lte=now)


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


def _requirements(record: Record, lifted: bool) -> list[Rule]:
    rules = []
    for row in record.asked:
        words = record.words(row.expression)
        if row.kind == Requirement.Kind.PREREQ:
            passed = lifted or record.satisfies(row.expression)
            rules.append(rule(passed, PrerequisitesMissing(missing=words), Override.Kind.PREREQUISITE))
        else:
            passed = lifted or not record.touches(row.expression)
            rules.append(rule(passed, NotWith(courses=words), Override.Kind.PREREQUISITE))
    return rules


def _time(student: StudentProfile, section: Section, now: datetime, lifted: bool) -> Rule:
    clash = None if lifted else time_clash(student, section, now)
    error = TimeConflict(**clash) if clash else TimeConflict(other="", when="")
    return rule(clash is None, error, Override.Kind.TIME_CONFLICT)


def time_clash(student: StudentProfile, section: Section, now: datetime) -> dict[str, str] | None:
    """Return the first event of the student that overlaps a coming meeting of the section, None when there is none.

    Classes are joined from enrollments; appointments and whatever else takes a person's time come from the ledger.
    """
    coming = Meeting.objects.standing().filter(pattern__sections=section, ends_at__gt=now)
    own = Section.objects.filter(enrollments__student_id=student.pk, enrollments__status__in=LIVE).exclude(
        pk=section.pk
    )
    hit = coming.filter(starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))
    classes = Meeting.objects.standing().filter(pattern__sections__in=own.values("pk"), ends_at__gt=now)
    first = classes.filter(Exists(hit)).order_by("starts_at").values_list("pattern_id", "starts_at").first()
    if first is not None:
        other = own.filter(patterns=first[0]).select_related("course__subject").first()
        return _clash(str(other), first[1])
    claims = Claim.objects.live(now).filter(person=student.user_id, during__endswith__gt=now)
    spans = claims.annotate(starts_at=F("during__startswith"), ends_at=F("during__endswith"))
    claim = spans.filter(Exists(hit)).order_by("starts_at").first()
    return _clash(describe([claim])[claim.pk][0], claim.during.lower) if claim else None


def _clash(other: str, at: datetime) -> dict[str, str]:
    return {"other": other, "when": said(at), "starts_at": at.isoformat()}


def _seat(place: Place, in_line: bool) -> list[Rule]:
    found, over = place.seats, Override.Kind.CAPACITY in place.lifted
    waits = not in_line and place.is_waiting
    # While people wait, a newcomer cannot take a freed seat.
    passed = over or (found.has_free and (in_line or not found.waiting))
    error = SectionFull(capacity=found.capacity, waiting=found.waiting, free=found.free)
    if found.has_free and not passed:
        message = _("The free seats are for the %(waiting)s in line.")
        error = SectionFull(message, capacity=found.capacity, waiting=found.waiting, free=found.free)
    return [rule(over or not waits, AlreadyWaiting()), rule(passed, error, Override.Kind.CAPACITY)]


def line_rules(section: Section, place: Place) -> list[Rule]:
    """Return what stands between the student and a place in line, besides what stands before a seat."""
    found = place.seats
    limit = section.waitlist_capacity
    return [
        rule(section.waitlist_mode != Section.WaitlistMode.OFF, LineOff()),
        rule(not place.is_waiting, AlreadyWaiting()),
        rule(not found.has_free or found.waiting > 0, SeatsFree()),
        rule(limit is None or found.waiting < limit, LineFull(waiting=found.waiting, line_capacity=limit)),
    ]


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
