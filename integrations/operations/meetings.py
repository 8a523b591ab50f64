"""The meetings of a schedule: which sections share one, and what stands already."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from accounts.models import User
from courses.models import Section, Term
from integrations.layouts import Layout
from integrations.queries.schedule_file import ParsedMeeting, ParsedSection
from scheduling.models import Claim, Meeting, MeetingInstructor, MeetingPattern, Room, campus_zone
from scheduling.operations import cancel_pattern, expand_many

BATCH = 2_000
# Stored as it is, like every reason.
NOT_IN_THE_FILE = "The imported schedule does not have it any more."
PlanKey = tuple[Any, ...]


@dataclass
class Plan:
    """One pattern to be: the meeting, the sections that share it, and the people who teach it."""

    meeting: ParsedMeeting
    crns: dict[str, None] = field(default_factory=dict)
    courses: dict[tuple[str, str], None] = field(default_factory=dict)
    instructors: dict[str, None] = field(default_factory=dict)


class Slot(NamedTuple):
    """What and when and where, without the sections and the people."""

    schedule_type: str
    days: int
    on: date | None
    start: time | None
    end: time | None
    room: int | None


@dataclass
class Standing:
    """A pattern that is there: its sections of the file, its people, and whether any of it is still to come."""

    pattern: MeetingPattern
    slot: Slot
    crns: frozenset[str]
    people: frozenset[int]
    comes: bool
    has_past: bool
    has_others: bool


@dataclass
class Outcome:
    """What was written: CRNs whose meetings changed, and CRNs whose past meetings the file has otherwise."""

    created: int = 0
    touched: set[str] = field(default_factory=set)
    past: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Known:
    """What the plans refer to by name, and which CRNs are new."""

    term: Term
    # The last day of weekly classes; finals may follow.
    classes_end: date
    sections: dict[str, Section]
    rooms: dict[tuple[str, str], Room]
    people: dict[str, User]
    fresh: frozenset[str]


def plans_of(sections: Iterable[ParsedSection], layout: Layout) -> list[Plan]:
    """Return one plan for each meeting that sections share.

    In a room that is a place, the same days and times are one meeting, whoever lists it: a lecture repeated on each of
    its discussion sections, or courses that are cross-listed. Elsewhere sections share a meeting when they are of one
    course and of one lecture group, which the first letter of the section number names, with the same instructors.
    """
    led = set(layout.meetings["led_by_instructor"])
    plans: dict[PlanKey, Plan] = {}
    for section in sections:
        for meeting in section.meetings:
            when = (meeting.days, meeting.on, meeting.start, meeting.end)
            key: PlanKey
            if not meeting.is_timed:
                key = (section.crn, meeting.schedule_type, meeting.building, meeting.room)
            elif is_place(meeting, layout):
                key = (meeting.building, meeting.room, *when)
            else:
                group = (section.course, section.section_number[:1], tuple(section.instructors))
                key = (*group, meeting.schedule_type, meeting.building, meeting.room, *when)
            plan = plans.setdefault(key, Plan(meeting))
            plan.crns[section.crn] = None
            plan.courses[section.course] = None
            if meeting.schedule_type in led:
                plan.instructors |= dict.fromkeys(section.instructors)
    _be_in_one_place(plans.values(), layout)
    return list(plans.values())


def _be_in_one_place(plans: Iterable[Plan], layout: Layout) -> None:
    """Let a person lead one of several meetings that are one class: of one course, or without a room, at one time.

    A final that is written in four rooms takes its instructor once; so does a class whose second listing has no room.
    """
    at_once: dict[Any, list[Plan]] = defaultdict(list)
    for plan in plans:
        meeting = plan.meeting
        for name in plan.instructors if meeting.is_timed else ():
            at_once[name, meeting.days, meeting.on, meeting.start, meeting.end].append(plan)
    for (name, *_when), together in at_once.items():
        led: list[Plan] = []
        for plan in sorted(together, key=lambda one: not is_place(one.meeting, layout)):
            if led and (not is_place(plan.meeting, layout) or any(one.courses.keys() & plan.courses for one in led)):
                del plan.instructors[name]
            else:
                led.append(plan)


def is_place(meeting: ParsedMeeting, layout: Layout) -> bool:
    """Whether two meetings in this room would clash. A building that is no place keeps no room."""
    return bool(meeting.room) and meeting.building not in layout.values["no_place"]


def settle(plans: Sequence[Plan], known: Known, layout: Layout, *, by: Any) -> Outcome:
    """Bring the meetings of the term to what the plans say.

    What stands as planned is left alone. What is otherwise ends now and is written anew from now on: past meetings
    stay. The caller holds the locks.
    """
    now = timezone.now()
    outcome = Outcome()
    exact: dict[Any, list[Standing]] = defaultdict(list)
    for one in standing_patterns(known, now):
        exact[one.slot, one.crns, one.people].append(one)
    missing = []
    for plan in plans:
        same = exact.get((_slot(plan, known, layout), frozenset(plan.crns), _people(plan, known)))
        if same:
            same.pop()
        else:
            missing.append(plan)
    left = [one for many in exact.values() for one in many]
    missing, left = _share(missing, left, known, layout, outcome)
    for one in left:
        _end(one, known, outcome, now, by)
    _create(missing, known, layout, outcome, now)
    return outcome


def standing_patterns(known: Known, now: datetime) -> list[Standing]:
    """Return the patterns of the file's sections, but for those that were ended before."""
    crns = {section.pk: crn for crn, section in known.sections.items() if crn not in known.fresh}
    if not crns:
        return []
    sections: dict[int, list[int]] = defaultdict(list)
    people: dict[int, list[int]] = defaultdict(list)
    shared, taught = MeetingPattern.sections.through.objects, MeetingPattern.instructors.through.objects
    for key, section in shared.filter(meetingpattern__term=known.term).values_list("meetingpattern", "section"):
        sections[key].append(section)
    for key, person in taught.filter(meetingpattern__term=known.term).values_list("meetingpattern", "user"):
        people[key].append(person)
    standing = Meeting.objects.standing().filter(pattern__term=known.term).order_by()
    comes = set(standing.filter(starts_at__gt=now).values_list("pattern", flat=True).distinct())
    past = set(standing.filter(starts_at__lte=now).values_list("pattern", flat=True).distinct())
    met = set(Meeting.objects.filter(pattern__term=known.term).order_by().values_list("pattern", flat=True).distinct())
    found = []
    for pattern in MeetingPattern.objects.filter(pk__in=sections, term=known.term).order_by("pk"):
        mine = [crns[pk] for pk in sections[pattern.pk] if pk in crns]
        if mine and (pattern.pk in comes or not _was_ended(pattern, known.classes_end, met - past)):
            found.append(
                Standing(
                    pattern,
                    _slot_of(pattern),
                    frozenset(mine),
                    frozenset(people[pattern.pk]),
                    comes=pattern.pk in comes,
                    has_past=pattern.pk in past,
                    has_others=len(mine) < len(sections[pattern.pk]),
                )
            )
    return found


def _was_ended(pattern: MeetingPattern, classes_end: date, cancelled: set[int]) -> bool:
    """Whether a pattern of which nothing is to come was ended, rather than over with the term or without any day."""
    if pattern.is_tba or pattern.end_date is None:
        return False
    is_weekly = pattern.start_date != pattern.end_date
    return pattern.pk in cancelled or (is_weekly and pattern.end_date < classes_end)


def _slot_of(pattern: MeetingPattern) -> Slot:
    on = pattern.start_date if pattern.start_date == pattern.end_date else None
    return Slot(pattern.schedule_type, pattern.days, on, pattern.start_time, pattern.end_time, pattern.room_id)


def _slot(plan: Plan, known: Known, layout: Layout) -> Slot:
    meeting = plan.meeting
    room = known.rooms[(meeting.building, meeting.room)].pk if is_place(meeting, layout) else None
    return Slot(meeting.schedule_type, meeting.days, meeting.on, meeting.start, meeting.end, room)


def _people(plan: Plan, known: Known) -> frozenset[int]:
    return frozenset(known.people[name].pk for name in plan.instructors)


def _share(
    plans: Sequence[Plan], left: list[Standing], known: Known, layout: Layout, outcome: Outcome
) -> tuple[list[Plan], list[Standing]]:
    """Let sections join or leave a meeting that stands as it is; return the plans and patterns that are left."""
    alike: dict[Any, list[Standing]] = defaultdict(list)
    for one in left:
        alike[one.slot, one.people].append(one)
    missing = []
    for plan in plans:
        wanted = frozenset(plan.crns)
        candidates = alike[_slot(plan, known, layout), _people(plan, known)]
        match = next((one for one in candidates if one.crns & wanted), None)
        if match is None:
            missing.append(plan)
            continue
        candidates.remove(match)
        match.pattern.sections.add(*(known.sections[crn] for crn in wanted - match.crns))
        match.pattern.sections.remove(*(known.sections[crn] for crn in match.crns - wanted))
        outcome.touched |= wanted ^ match.crns
    return missing, [one for many in alike.values() for one in many]


def _end(one: Standing, known: Known, outcome: Outcome, now: datetime, by: Any) -> None:
    """End a pattern that the file does not have any more; what is past stays, and is all that stays of it."""
    if one.has_past and not one.comes:
        outcome.past |= one.crns
        return
    outcome.touched |= one.crns
    if one.has_others:
        one.pattern.sections.remove(*(known.sections[crn] for crn in one.crns))
        return
    cancel_pattern(one.pattern, by=by, reason=NOT_IN_THE_FILE)
    if not one.has_past:
        one.pattern.delete()


def _create(plans: Iterable[Plan], known: Known, layout: Layout, outcome: Outcome, now: datetime) -> None:
    """Write the plans: whole for sections that are new, else from now on."""
    zone = campus_zone()
    local = now.astimezone(ZoneInfo(zone))
    made: list[tuple[Plan, MeetingPattern]] = []
    for plan in plans:
        first = known.term.start_date
        if not known.fresh.issuperset(plan.crns):
            if not _comes(plan.meeting, known.classes_end, local):
                outcome.past |= set(plan.crns) - known.fresh
                continue
            first = max(first, _next_day(plan.meeting, local))
        made.append((plan, _pattern(plan, known, layout, zone, first)))
    _insert(made, known)
    expand_many([(pattern, [known.people[name].pk for name in plan.instructors]) for plan, pattern in made])
    if len(made) > BATCH:
        _count_anew()
    outcome.created = len(made)
    outcome.touched |= {crn for plan, _row in made for crn in plan.crns}


def _count_anew() -> None:
    """Tell the database how much there is now: it plans by old counts, and an empty table costs minutes once full."""
    models = (Section, MeetingPattern, Meeting, MeetingInstructor, Claim)
    tables = [model._meta.db_table for model in (*models, MeetingPattern.sections.through)]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


def _comes(meeting: ParsedMeeting, classes_end: date, local: datetime) -> bool:
    if meeting.start is None:
        return True
    return (meeting.on or classes_end) >= _next_day(meeting, local)


def _next_day(meeting: ParsedMeeting, local: datetime) -> date:
    """Return the first day on which the meeting would not have begun already."""
    begun = meeting.start is not None and meeting.start <= local.time()
    return local.date() + timedelta(days=1) if begun else local.date()


def _insert(made: Sequence[tuple[Plan, MeetingPattern]], known: Known) -> None:
    MeetingPattern.objects.bulk_create([row for _plan, row in made], batch_size=BATCH)
    shared, taught = MeetingPattern.sections.through, MeetingPattern.instructors.through
    shared.objects.bulk_create(
        [
            shared(meetingpattern_id=pattern.pk, section_id=known.sections[crn].pk)
            for plan, pattern in made
            for crn in plan.crns
        ],
        batch_size=BATCH,
    )
    taught.objects.bulk_create(
        [
            taught(meetingpattern_id=pattern.pk, user_id=known.people[name].pk)
            for plan, pattern in made
            for name in plan.instructors
        ],
        batch_size=BATCH,
    )


def _pattern(plan: Plan, known: Known, layout: Layout, zone: str, first: date) -> MeetingPattern:
    meeting = plan.meeting
    is_exam = meeting.on is not None and meeting.schedule_type in layout.meetings["exam_types"]
    slot = _slot(plan, known, layout)
    return MeetingPattern(
        term=known.term,
        kind=MeetingPattern.Kind.EXAM if is_exam else MeetingPattern.Kind.CLASS,
        schedule_type=slot.schedule_type,
        is_tba=not meeting.is_timed,
        days=slot.days,
        start_time=slot.start,
        end_time=slot.end,
        zone=zone,
        start_date=(slot.on or first) if meeting.is_timed else None,
        end_date=(slot.on or known.classes_end) if meeting.is_timed else None,
        room_id=slot.room,
    )


def cross_list(plans: Iterable[Plan], known: Known, group_model: Any) -> set[str]:
    """Group sections of different courses that share a weekly meeting; return the CRNs whose group changed.

    Sections that are in two groups already stay there.
    """
    changed: list[Section] = []
    for members in _together(plans, known.sections):
        groups = {section.cross_list_group_id for section in members} - {None}
        if len(groups) > 1:
            continue
        loose = [section for section in members if section.cross_list_group_id is None]
        if loose:
            key = groups.pop() if groups else group_model.objects.create(term=known.term).pk
            for section in loose:
                section.cross_list_group_id = key
            changed += loose
    Section.objects.bulk_update(changed, ["cross_list_group"], batch_size=BATCH)
    return {section.crn for section in changed}


def _together(plans: Iterable[Plan], sections: dict[str, Section]) -> list[list[Section]]:
    parent: dict[str, str] = {}

    def root(crn: str) -> str:
        while parent.setdefault(crn, crn) != crn:
            crn = parent[crn]
        return crn

    for plan in plans:
        crns = list(plan.crns)
        if plan.meeting.on is None and len({sections[crn].course_id for crn in crns}) > 1:
            for other in crns[1:]:
                parent[root(other)] = root(crns[0])
    groups: dict[str, list[Section]] = defaultdict(list)
    for crn in parent:
        groups[root(crn)].append(sections[crn])
    return list(groups.values())
