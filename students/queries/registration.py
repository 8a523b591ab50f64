"""Why not? Every rule between a student and a seat, in the order a person would want to hear them."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from core.rules import Check, Rule, rule
from courses.models import Requirement, Section
from scheduling.models import Meeting
from scheduling.queries.busy import Busy, busy_times
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
from students.queries.requirements import Record, requirements_of
from students.queries.seats import seats
from students.querysets import LIVE

CLASS = "class"


def registration_check(
    student: StudentProfile,
    section: Section,
    now: datetime | None = None,
    for_seat: bool = True,
    *,
    in_line: bool = False,
    personal: list[Rule] | None = None,
) -> Check:
    """Return every rule between `student` and a seat in `section`: passed or not, why, and who can lift it.

    With `for_seat` False the rules of joining the line stand in place of the rule of capacity (features.md 2.4, rule
    1). `in_line` says that the student's own turn has come: those who wait do not stand in the way. `personal` are
    the `personal_rules` when they were asked already. A student without a row yet has done nothing. The answer is
    final only under the section's lock.
    """
    now = now or timezone.now()
    lifted = _lifted(student, section, now)
    is_enrolled = Enrollment.objects.live().filter(student_id=student.pk, section=section).exists()
    if personal is None:
        personal = [] if is_enrolled else personal_rules(student, section, now)
    rules = [
        rule(student.user.is_active, AccountInactive()),
        rule(section.status == Section.Status.OPEN, SectionNotOpen()),
        _window(section, now, Override.Kind.LATE_ADD in lifted),
        rule(not is_enrolled, AlreadyEnrolled()),
        *([] if is_enrolled else personal),
    ]
    if for_seat:
        rules += _seat(student, section, now, Override.Kind.CAPACITY in lifted, in_line)
    else:
        rules += line_rules(student, section, now)
    return Check(rules)


def line_check(seat: Check, student: StudentProfile, section: Section, now: datetime) -> Check:
    """Return the check of a place in line from that of a seat: what both ask is not asked again."""
    both = seat.without(AlreadyWaiting.code, SectionFull.code)
    return Check([*both.rules, *line_rules(student, section, now)])


def personal_rules(student: StudentProfile, section: Section, now: datetime) -> list[Rule]:
    """Return the rules about the student's own record and time. They are final under the lock of the student alone.

    Asked before the section's lock, which many wait for, is taken.
    """
    lifted = _lifted(student, section, now)
    return [
        *_requirements(student, section, Override.Kind.PREREQUISITE in lifted),
        _time(student, section, now, Override.Kind.TIME_CONFLICT in lifted),
    ]


def _lifted(student: StudentProfile, section: Section, now: datetime) -> set[str]:
    return set(open_overrides(student, section, now).values_list("kind", flat=True))


def _staff() -> str:
    return _("the registrar")


def open_overrides(student: StudentProfile, section: Section, now: datetime) -> Any:
    """Return the permissions of this student that are neither used nor expired."""
    rows = Override.objects.filter(student_id=student.pk, section=section, used_at__isnull=True)
    return rows.exclude(expires_at__lte=now)


def _window(section: Section, now: datetime, lifted: bool) -> Rule:
    opens, closes = section.opens_at, section.closes_at
    error = EnrollmentClosed()
    if opens and now < opens:
        error = EnrollmentClosed(_("Registration opens on %(when)s."), when=said(opens), opens_at=opens.isoformat())
        return rule(lifted, error, _staff())
    if closes and now >= closes:
        error = EnrollmentClosed(_("Registration ended on %(when)s."), when=said(closes), closed_at=closes.isoformat())
        return rule(lifted, error, _staff())
    return rule(True, error, _staff())


def _requirements(student: StudentProfile, section: Section, lifted: bool) -> list[Rule]:
    asked = requirements_of(section)
    if not asked:
        return []
    record = Record(student, asked)
    rules = []
    for row in asked:
        words = record.words(row.expression)
        if row.kind == Requirement.Kind.PREREQ:
            passed = lifted or record.satisfies(row.expression)
            rules.append(rule(passed, PrerequisitesMissing(missing=words), _staff()))
        else:
            rules.append(rule(lifted or not record.touches(row.expression), NotWith(courses=words), _staff()))
    return rules


def _time(student: StudentProfile, section: Section, now: datetime, lifted: bool) -> Rule:
    clash = None if lifted else time_clash(student, section, now)
    error = TimeConflict(**clash) if clash else TimeConflict(other="", when="")
    return rule(clash is None, error, _staff())


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
    times = list(coming.order_by("starts_at").values_list("starts_at", "ends_at"))
    if not times:
        return None
    span = (times[0][0], max(end for _start, end in times) + timedelta(seconds=1))
    for busy in sorted(busy_times([student.user], *span), key=lambda item: item.starts_at):
        if busy.kind == CLASS:
            continue
        if any(start < busy.ends_at and busy.starts_at < end for start, end in times):
            return _clash(str(busy.title), busy.starts_at)
    return None


def _clash(other: str, at: datetime) -> dict[str, str]:
    return {"other": other, "when": said(at), "starts_at": at.isoformat()}


def _seat(student: StudentProfile, section: Section, now: datetime, over: bool, in_line: bool) -> list[Rule]:
    found = seats(section, now)
    waits = not in_line and is_waiting(student, section)
    # While people wait, a newcomer cannot take a freed seat.
    passed = over or (found.has_free and (in_line or not found.waiting))
    error = SectionFull(capacity=found.capacity, waiting=found.waiting, free=found.free)
    if found.has_free and not passed:
        message = _("The free seats are for the %(waiting)s in line.")
        error = SectionFull(message, capacity=found.capacity, waiting=found.waiting, free=found.free)
    return [rule(over or not waits, AlreadyWaiting()), rule(passed, error, _staff())]


def line_rules(student: StudentProfile, section: Section, now: datetime) -> list[Rule]:
    """Return what stands between the student and a place in line, besides what stands before a seat."""
    found = seats(section, now)
    limit = section.waitlist_capacity
    return [
        rule(section.waitlist_mode != Section.WaitlistMode.OFF, LineOff()),
        rule(not is_waiting(student, section), AlreadyWaiting()),
        rule(not found.has_free or found.waiting > 0, SeatsFree()),
        rule(limit is None or found.waiting < limit, LineFull(waiting=found.waiting, line_capacity=limit)),
    ]


def is_waiting(student: StudentProfile, section: Section) -> bool:
    return WaitlistEntry.objects.waiting().filter(student_id=student.pk, section=section).exists()


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
