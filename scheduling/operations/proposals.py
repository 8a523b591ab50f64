"""What would become of sections in another term: the same answer for whoever looks and for whoever copies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.recurrence import Occurrence
from core.weekdays import days_of, times_text
from courses.models import Course, Section, SectionInstructor
from scheduling import hooks
from scheduling.models import Claim, MeetingPattern, Rollover, RolloverLine, Room
from scheduling.operations.ground import Ground, Owner, Taker
from scheduling.queries.busy import describe, sections_title
from scheduling.queries.shifts import Shift

Result = RolloverLine.Result
CLASHES = {"room_taken", "instructor_taken", "room_too_small"}
SECTION_FIELDS = (
    "course", "section_number", "title", "description", "schedule_type", "instructional_method", "capacity",
    "minimum_enrollment", "approval", "waitlist_mode", "waitlist_capacity", "offer_hours",
)  # fmt: skip
SECTION_INSTANTS = (
    "waitlist_closes_at", "registration_opens_at", "registration_closes_at", "access_starts_at", "access_ends_at",
)  # fmt: skip
PATTERN_FIELDS = ("kind", "schedule_type", "is_tba", "days", "start_time", "end_time", "interval_weeks", "room")


@dataclass
class Note:
    """Something that is left out or otherwise. `takers` are what is in the way, to be named when all are known."""

    code: str
    message: str
    takers: dict[Taker, int] = field(default_factory=dict)


@dataclass
class SectionPlan:
    """What becomes of one section; `copy` is new, or what stands there already."""

    source: Section
    result: str
    copy: Section | None = None
    notes: list[Note] = field(default_factory=list)
    teachers: list[Any] = field(default_factory=list)
    patterns: list["PatternPlan"] = field(default_factory=list)

    @property
    def meetings(self) -> int:
        return sum(len(plan.occurrences) for plan in self.patterns)


@dataclass
class PatternPlan:
    """One pattern to be, for the copies of all its sections; the `copy` of a known one is there already."""

    source: MeetingPattern
    copy: MeetingPattern
    occurrences: list[Occurrence] = field(default_factory=list)
    people: list[User] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    is_known: bool = False


def propose(rollover: Rollover, sections: Sequence[Section], ground: Ground) -> list[SectionPlan]:
    """Return what would become of these sections, in their order; what they would take is taken on the ground.

    Sections come with course and `linked_to`, lectures before what belongs to them. Writes nothing.
    """
    shift = Shift(rollover.source, rollover.target)
    teachers = _teachers(sections) if rollover.with_instructors else {}
    plans = [_section_plan(one, teachers.get(one.pk, []), shift, ground) for one in sections]
    ready = {plan.source.pk: plan for plan in plans if plan.result == Result.READY}
    if rollover.with_meetings:
        _plan_patterns(rollover, ready, shift, ground)
    for ask in hooks.also_copied:
        for key, words in ask([plan.source for plan in ready.values()], parts_of(rollover)).items():
            ready[key].notes += [Note("also", text) for text in words]
    return plans


def parts_of(rollover: Rollover) -> set[str]:
    return {name for name in ("rules", "grading") if getattr(rollover, f"with_{name}")}


def _section_plan(source: Section, teachers: list[Any], shift: Shift, ground: Ground) -> SectionPlan:
    there = ground.copies.get(source.pk) or ground.numbers.get((source.course_id, source.section_number))
    if there is not None:
        return SectionPlan(source, Result.THERE, there)
    why = _not_possible(source, ground)
    if why is not None:
        return SectionPlan(source, Result.LEFT_OUT, notes=[why])
    plan = SectionPlan(source, Result.READY)
    plan.copy = _copy_of(plan, shift, ground)
    for row in teachers:
        if row.instructor.is_active:
            plan.teachers.append(row)
        else:
            text = _("The account of %(person)s is deactivated: copied without.")
            plan.notes.append(Note("instructor_inactive", text % {"person": row.instructor.display_name}))
    ground.copies[source.pk] = plan.copy
    ground.numbers[source.course_id, source.section_number] = plan.copy
    return plan


def _not_possible(source: Section, ground: Ground) -> Note | None:
    if source.course.status == Course.Status.ARCHIVED:
        text = _("%(course)s is not in the catalogue any more.")
        return Note("course_archived", text % {"course": source.course.code})
    whole = source.linked_to
    if whole is not None and _counterpart(whole, ground) is None:
        return Note("whole_missing", _("It belongs to %(section)s, which is not there.") % {"section": whole})
    return None


def _counterpart(source: Section, ground: Ground) -> Section | None:
    found = ground.copies.get(source.pk) or ground.numbers.get((source.course_id, source.section_number))
    return None if found is None or found.status == Section.Status.CANCELLED else found


def _copy_of(plan: SectionPlan, shift: Shift, ground: Ground) -> Section:
    source = plan.source
    copy = Section(term=shift.target, copied_from=source, **{name: getattr(source, name) for name in SECTION_FIELDS})
    for name in SECTION_INSTANTS:
        setattr(copy, name, shift.instant(getattr(source, name)))
    copy.crn = ground.crn_for(source.crn)
    if copy.crn != source.crn:
        text = _("The CRN %(old)s is taken; the copy has %(new)s.")
        plan.notes.append(Note("crn_changed", text % {"old": source.crn, "new": copy.crn}))
    if source.start_date or source.end_date:
        days = shift.span(source.first_day, source.last_day)
        if days is None:
            plan.notes.append(Note("outside", _("Its own days lie outside of the term: it takes those of the term.")))
        else:
            copy.start_date, copy.end_date = days
    hours, course = source.credit_hours, source.course
    if hours is None or course.credit_hours_min <= hours <= course.credit_hours_max:
        copy.credit_hours = hours
    else:
        plan.notes.append(Note("credits", _("The course gives other credit hours now: the copy has those.")))
    if source.linked_to is not None:
        copy.linked_to = _counterpart(source.linked_to, ground)
    return copy


def _teachers(sections: Sequence[Section]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    rows = SectionInstructor.objects.filter(section__in=[one.pk for one in sections]).select_related("instructor")
    for row in rows.order_by("-is_primary", "pk"):
        found.setdefault(row.section_id, []).append(row)
    return found


def _plan_patterns(rollover: Rollover, ready: dict[int, SectionPlan], shift: Shift, ground: Ground) -> None:
    rows = MeetingPattern.objects.filter(sections__in=list(ready)).distinct().order_by("pk")
    rows = rows.select_related("room__building").prefetch_related("instructors", "sections__course__subject")
    for source in rows:
        mine = [ready[one.pk] for one in source.sections.all() if one.pk in ready]
        known = ground.patterns.get(source.pk)
        if isinstance(known, MeetingPattern):
            known = PatternPlan(source, known, is_known=True)
        plan = known or _pattern_plan(rollover, source, shift, ground)
        if plan is None:
            text = _("No day of %(meeting)s lies in the term: copied without this meeting.") % {"meeting": said(source)}
            for one in mine:
                one.notes.append(Note("no_day", text))
            continue
        ground.patterns[source.pk] = plan
        for one in mine:
            one.patterns.append(plan)
            one.notes += plan.notes


def said(pattern: MeetingPattern) -> str:
    """Say a pattern in words: "LE Mon, Wed 10:00-10:50"."""
    if pattern.is_tba or pattern.start_time is None or pattern.end_time is None:
        return f"{pattern.schedule_type} {_('to be arranged')}".strip()
    times = times_text(days_of(pattern.days), pattern.start_time, pattern.end_time)
    return f"{pattern.schedule_type} {times}".strip()


def _pattern_plan(rollover: Rollover, source: MeetingPattern, shift: Shift, ground: Ground) -> PatternPlan | None:
    copy = MeetingPattern(
        term=shift.target, copied_from=source, **{name: getattr(source, name) for name in PATTERN_FIELDS}
    )
    copy.zone = source.zone
    plan = PatternPlan(source, copy)
    if not source.is_tba:
        days = shift.span(source.start_date, source.end_date)  # type: ignore[arg-type]
        if days is None:
            return None
        copy.start_date, copy.end_date = days
        plan.occurrences = _open_dates(plan, ground)
        if not plan.occurrences:
            return None
    if rollover.with_instructors:
        plan.people = [one for one in source.instructors.all() if one.is_active]
    if not rollover.with_rooms:
        copy.room = None
    _settle_room(plan, ground)
    _settle_people(plan, ground)
    copy.zone = copy.room.building.zone if copy.room else settings.CAMPUS_TIME_ZONE
    _take(plan, ground)
    return plan


def _open_dates(plan: PatternPlan, ground: Ground) -> list[Occurrence]:
    dates = ground.dates_of(plan.copy)
    opened = [one for one in dates if not ground.is_closed(one.local_date)]
    if closed := len(dates) - len(opened):
        text = ngettext("%(n)s date of %(meeting)s is closed.", "%(n)s dates of %(meeting)s are closed.", closed)
        plan.notes.append(Note("closed", text % {"n": closed, "meeting": said(plan.source)}))
    return opened


def _settle_room(plan: PatternPlan, ground: Ground) -> None:
    """Leave the room out when it cannot be had."""
    room, source = plan.copy.room, plan.source
    if room is None:
        return
    facts = {"room": room, "meeting": said(source)}
    if not room.is_active:
        _without_room(plan, "room_out_of_use", _("%(room)s is out of use: %(meeting)s is copied without it.") % facts)
    elif (wanted := _too_many(room, source)) and not source.capacity_reason:
        text = _("%(room)s has %(seats)s seats for %(wanted)s: %(meeting)s is copied without it.")
        _without_room(plan, "room_too_small", text % {**facts, "seats": room.capacity, "wanted": wanted})
    elif found := ground.taken.in_the_way(("room", room.pk), plan.occurrences):
        text = _("%(room)s is taken by %%(event)s: %(meeting)s is copied without it.") % facts
        _without_room(plan, "room_taken", text, found)
    else:
        plan.copy.capacity_reason = source.capacity_reason


def _without_room(plan: PatternPlan, code: str, text: str, found: dict[Taker, Any] | None = None) -> None:
    plan.copy.room = None
    plan.notes.append(Note(code, text, {taker: len(days) for taker, days in (found or {}).items()}))


def _too_many(room: Room, source: MeetingPattern) -> int:
    wanted = sum(one.capacity or 0 for one in source.sections.all() if one.status != Section.Status.CANCELLED)
    return wanted if room.capacity is not None and wanted > room.capacity else 0


def _settle_people(plan: PatternPlan, ground: Ground) -> None:
    """Leave out whoever teaches something else at the time."""
    for person in list(plan.people):
        if found := ground.taken.in_the_way(("person", person.pk), plan.occurrences):
            plan.people.remove(person)
            facts = {"person": person.display_name, "meeting": said(plan.source)}
            text = _("%(person)s is taken by %%(event)s: %(meeting)s is copied without this person.") % facts
            plan.notes.append(Note("instructor_taken", text, {taker: len(days) for taker, days in found.items()}))


def _take(plan: PatternPlan, ground: Ground) -> None:
    title = sections_title(list(plan.source.sections.all()))
    owners: list[Owner] = [("room", plan.copy.room.pk)] if plan.copy.room else []
    owners += [("person", person.pk) for person in plan.people]
    for owner in owners:
        for one in plan.occurrences:
            ground.taken.add(owner, one.starts_at, one.ends_at, title)


def worded(plans: Iterable[SectionPlan], viewer: Any) -> dict[int, list[dict[str, str]]]:
    """Return the notes of each plan by the key of its section, what is in the way named as `viewer` may read it."""
    found = list(plans)
    claims = {taker for plan in found for note in plan.notes for taker in note.takers if isinstance(taker, int)}
    names = describe(list(Claim.objects.filter(pk__in=claims)), viewer) if claims else {}
    return {plan.source.pk: [_worded(note, names) for note in plan.notes] for plan in found}


def _worded(note: Note, names: dict[int, tuple[str, str]]) -> dict[str, str]:
    text = note.message
    if note.takers:
        dates: dict[str, int] = {}
        for taker, days in note.takers.items():
            name = names[taker][0] if isinstance(taker, int) else taker
            dates[name] = dates.get(name, 0) + days
        event = ", ".join(_on_dates(name, days) for name, days in list(dates.items())[:5])
        text = text.replace("%(event)s", event)
    return {"code": note.code, "message": text[:500]}


def _on_dates(name: str, days: int) -> str:
    text = ngettext("%(name)s on %(n)s date", "%(name)s on %(n)s dates", days)
    return text % {"name": name, "n": days}
