"""One person's calendar: classes taken and taught, appointments, deadlines."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.models import Appointment
from courses.models import Section, Term
from scheduling.models import Meeting
from students.models import Enrollment, GradeItem


@dataclass(frozen=True)
class Entry:
    """One thing in a person's calendar; a deadline has no length."""

    kind: str
    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str = ""
    url: str = ""
    sequence: int = 0
    is_cancelled: bool = False
    # A request for an appointment that its host has not answered.
    is_asked: bool = False
    # What gets one colour: the course.
    color_key: str = ""
    # What an appointment is about, without the name of the other side.
    what: str = ""

    @property
    def is_deadline(self) -> bool:
        return self.kind == "deadline"


def entries_for(
    user: Any, starts_at: datetime, ends_at: datetime, *, cancelled: bool = True, deadlines: bool = True
) -> list[Entry]:
    """Return what touches the half-open span, by start; the same number of queries for any span.

    Appointments are those to which `user` is a party, nobody else's. Cancelled meetings and appointments are kept,
    marked, unless `cancelled` is False; without `deadlines` these are left out, and not asked for.
    """
    attended, cancelled_sections = _enrolled_sections(user)
    found = [
        *_meetings(user, [*attended, *cancelled_sections], starts_at, ends_at),
        *_appointments(user, starts_at, ends_at),
        *(_deadlines(attended, starts_at, ends_at) if deadlines else []),
        *(_term_deadlines(attended, starts_at, ends_at) if deadlines else []),
    ]
    kept = [entry for entry in found if cancelled or not entry.is_cancelled]
    return sorted(kept, key=lambda entry: (entry.starts_at, entry.ends_at, entry.title))


def seen_by_others(entries: Iterable[Entry]) -> list[Entry]:
    """Leave of each appointment only that the person is busy: with whom and about what is for its parties."""
    return [
        replace(entry, uid="", title=_("Busy"), place="", url="", what="") if entry.kind == "appointment" else entry
        for entry in entries
    ]


def together(entries: Iterable[Entry]) -> list[Entry]:
    """Show a session that several students have booked to its host as one entry, which links the host's week.

    Appointments of one person that stand at one time are of one session: nobody is booked twice.
    """
    found: dict[tuple[Any, ...], list[Entry]] = {}
    for entry in entries:
        shared = entry.kind == "appointment" and not entry.is_cancelled
        key = (entry.what, entry.starts_at, entry.ends_at) if shared else (len(found),)
        found.setdefault(key, []).append(entry)
    return [rows[0] if len(rows) == 1 else _one_of(rows) for rows in found.values()]


def _one_of(rows: list[Entry]) -> Entry:
    first = rows[0]
    title = _("%(title)s with %(n)s people") % {"title": first.what, "n": len(rows)}
    week = f"{reverse('appointments:host_week')}?week={timezone.localtime(first.starts_at):%Y-%m-%d}"
    return replace(first, title=title, url=week)


def _enrolled_sections(user: Any) -> tuple[list[int], list[int]]:
    """Return the sections that `user` takes or took, and those that were cancelled under them."""
    # Who waits for an approval or a payment has no class to go to yet.
    taken = Q(status__in=["registered", "auditing", "completed"])
    lost = Q(status="cancelled", section__status="cancelled")
    found = Enrollment.objects.filter(taken | lost, student__user=user).values_list("section_id", "status")
    attended = [section for section, status in found if status != "cancelled"]
    return attended, [section for section, status in found if status == "cancelled" and section not in attended]


def _meetings(user: Any, attended: list[int], starts_at: datetime, ends_at: datetime) -> Iterable[Entry]:
    taught = Q(meeting_instructors__instructor=user)
    sections = Section.objects.select_related("course__subject")
    meetings = (
        Meeting.objects.within(starts_at, ends_at)
        .filter(Q(pattern__sections__in=attended) | taught)
        .select_related("pattern", "room__building")
        .prefetch_related(Prefetch("pattern__sections", queryset=sections))
        .distinct()
    )
    for meeting in meetings:
        shared = list(meeting.pattern.sections.all())
        # Of sections that share a meeting the student is shown the own one.
        mine = [section for section in shared if section.pk in attended] or shared
        if not mine:
            continue
        section = mine[0]
        kind = meeting.pattern.schedule_type or meeting.pattern.get_kind_display()
        yield Entry(
            kind=meeting.pattern.kind,
            uid=str(meeting.public_id),
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            title=f"{section.course.code} {kind}".strip(),
            place=str(meeting.room) if meeting.room else "",
            url=_address("students:section_detail", section.public_id),
            sequence=meeting.ical_sequence,
            is_cancelled=meeting.status == Meeting.Status.CANCELLED,
            color_key=section.course.code,
        )


def _appointments(user: Any, starts_at: datetime, ends_at: datetime) -> Iterable[Entry]:
    mine = (
        Appointment.objects.filter(Q(student=user) | Q(session__host=user))
        .filter(session__starts_at__lt=ends_at, session__ends_at__gt=starts_at)
        .exclude(status__in=["expired", "declined"])
        .select_related("session__type", "session__host", "student")
    )
    for item in mine:
        other = item.student if item.session.host_id == user.pk else item.session.host
        yield Entry(
            kind="appointment",
            uid=str(item.ical_uid),
            starts_at=item.session.starts_at,
            ends_at=item.session.ends_at,
            title=_title(item, other),
            place=item.session.location,
            url=_address("appointments:appointment_detail", item.public_id),
            sequence=item.ical_sequence,
            is_cancelled=item.status.startswith("cancelled"),
            is_asked=item.status == Appointment.Status.PENDING,
            color_key="appointment",
            what=item.session.type.title,
        )


def _title(item: Appointment, other: Any) -> str:
    facts = {"title": item.session.type.title, "name": other.display_name}
    if item.status == Appointment.Status.PENDING:
        return _("Asked for: %(title)s with %(name)s") % facts
    return _("%(title)s with %(name)s") % facts


def _deadlines(attended: list[int], starts_at: datetime, ends_at: datetime) -> Iterable[Entry]:
    # Students do not see an item before it is posted.
    items = GradeItem.objects.filter(
        section__in=attended, posted_at__isnull=False, due_at__gte=starts_at, due_at__lt=ends_at
    )
    for item in items.select_related("section__course__subject"):
        if item.due_at is None:
            continue
        code = item.section.course.code
        yield Entry(
            kind="deadline",
            uid=str(item.public_id),
            starts_at=item.due_at,
            ends_at=item.due_at,
            title=_("%(course)s: %(title)s due") % {"course": code, "title": item.title},
            url=_address("students:section_detail", item.section.public_id),
            color_key=code,
        )


def _term_deadlines(attended: list[int], starts_at: datetime, ends_at: datetime) -> Iterable[Entry]:
    """Yield the last moments to drop and to withdraw in the terms of these sections."""
    words = {
        "drop_deadline": _("Last moment to drop, %(term)s"),
        "withdraw_deadline": _("Last moment to withdraw, %(term)s"),
    }
    for term in Term.objects.filter(sections__in=attended).select_related("parent").distinct():
        for name, text in words.items():
            at = term.in_force(name)
            if at is not None and starts_at <= at < ends_at:
                uid, title = f"{term.public_id}-{name}", text % {"term": term.name}
                yield Entry(kind="deadline", uid=uid, starts_at=at, ends_at=at, title=title, color_key=term.code)


def _address(name: str, key: Any) -> str:
    try:
        return reverse(name, args=[key])
    except NoReverseMatch:
        return ""
