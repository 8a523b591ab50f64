"""Bring a schedule of classes into a term: all of it or nothing, and the same file twice changes nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from accounts.models import User
from courses.models import Course, CrossListGroup, Section, SectionInstructor, Subject, Term
from courses.validators import course_sort_key
from integrations.layouts import Layout
from integrations.queries.schedule_file import ParsedMeeting, ParsedSchedule, ParsedSection
from scheduling.models import Building, MeetingPattern, Room, campus_zone
from scheduling.operations import expand_many
from scheduling.operations.claims import ClaimRequest

BATCH = 2_000
Progress = Callable[[str, int, int], None]
PatternKey = tuple[Any, ...]


@dataclass
class Summary:
    """What an import found and did; counts of rows unless said."""

    sections: int
    courses: int
    rooms: int
    meetings: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    patterns: int = 0
    cross_list_groups: int = 0
    clashes: list[dict[str, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return dict(self.__dict__)


@dataclass
class Plan:
    """One pattern to be: the meeting, the sections that share it, and the people who teach it."""

    meeting: ParsedMeeting
    crns: dict[str, None] = field(default_factory=dict)
    instructors: dict[str, None] = field(default_factory=dict)


class RolledBack(Exception):
    """Ends a dry run: everything was done, and nothing is kept."""


def import_schedule(
    parsed: ParsedSchedule, term: Term, layout: Layout, *, by: Any, apply: bool, progress: Progress | None = None
) -> Summary:
    """Write the sections of `parsed` into `term` and return what happened; a dry run rolls back.

    The file must have no errors. Sections are matched by CRN. Meetings are written for new sections; a section that
    exists keeps what stands. Clashes arrive as soft claims and are listed.
    """
    say = progress or (lambda _what, _done, _all: None)
    summary = Summary(len(parsed.sections), len(parsed.courses), len(parsed.rooms), parsed.meetings)
    try:
        with transaction.atomic():
            _write(parsed, term, layout, summary, say)
            if not apply:
                raise RolledBack
    except RolledBack:
        pass
    return summary


def _write(parsed: ParsedSchedule, term: Term, layout: Layout, summary: Summary, say: Progress) -> None:
    Term.objects.select_for_update(no_key=True).get(pk=term.pk)
    courses = _courses(parsed)
    say("courses", len(courses), len(courses))
    rooms = _rooms(parsed)
    people = _people(parsed)
    say("people", len(people), len(people))
    known = {section.crn: section for section in Section.objects.filter(term=term)}
    fresh = [one for one in parsed.sections if one.crn not in known]
    summary.updated = _update([one for one in parsed.sections if one.crn in known], known, courses)
    summary.created = len(fresh)
    summary.unchanged = len(parsed.sections) - summary.created - summary.updated
    made = Section.objects.bulk_create([_section(one, term, courses) for one in fresh], batch_size=BATCH)
    known |= {section.crn: section for section in made}
    say("sections", len(parsed.sections), len(parsed.sections))
    SectionInstructor.objects.bulk_create(
        [
            SectionInstructor(section=known[one.crn], instructor=people[name], is_primary=at == 0)
            for one in fresh
            for at, name in enumerate(one.instructors)
        ],
        batch_size=BATCH,
    )
    plans = _plans(fresh, layout)
    patterns = _patterns(plans, term, known, rooms, people, layout)
    summary.patterns = len(patterns)
    summary.cross_list_groups = _cross_list(plans, term, known)
    say("patterns", len(patterns), len(patterns))
    clashes = expand_many(
        [
            (pattern, [people[name].pk for name in plan.instructors])
            for plan, pattern in zip(plans, patterns, strict=True)
        ]
    )
    summary.clashes = _describe(clashes, rooms, people)
    say("meetings", len(patterns), len(patterns))


def _courses(parsed: ParsedSchedule) -> dict[tuple[str, str], Course]:
    codes = sorted({subject for subject, _number in parsed.courses})
    Subject.objects.bulk_create([Subject(code=code, name=code) for code in codes], ignore_conflicts=True)
    subjects = {subject.code: subject for subject in Subject.objects.filter(code__in=codes)}

    def existing() -> dict[tuple[str, str], Course]:
        found = Course.objects.exclude(status="archived").filter(subject__in=subjects.values())
        return {(course.subject.code, course.number): course for course in found.select_related("subject")}

    known = existing()
    Course.objects.bulk_create(
        [
            Course(
                subject=subjects[subject],
                number=number,
                title=f"{subject} {number}",
                status=Course.Status.PUBLISHED,
                sort_key=course_sort_key(subject, number),
            )
            for subject, number in sorted(parsed.courses)
            if (subject, number) not in known
        ],
        batch_size=BATCH,
    )
    return existing()


def _rooms(parsed: ParsedSchedule) -> dict[tuple[str, str], Room]:
    codes = sorted({building for building, _room in parsed.rooms})
    Building.objects.bulk_create([Building(code=code, name=code) for code in codes], ignore_conflicts=True)
    buildings = {building.code: building for building in Building.objects.filter(code__in=codes)}
    Room.objects.bulk_create(
        [Room(building=buildings[building], code=room) for building, room in sorted(parsed.rooms)],
        ignore_conflicts=True,
        batch_size=BATCH,
    )
    found = Room.objects.filter(building__in=buildings.values()).select_related("building")
    return {(room.building.code, room.code): room for room in found}


def _people(parsed: ParsedSchedule) -> dict[str, User]:
    """Return the instructors by name. Those who are new get an account that cannot sign in until it is claimed."""
    names = sorted({name for section in parsed.sections for name in section.instructors})
    emails: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        stem = slugify(name) or "instructor"
        email, number = f"{stem}@import.invalid", 2
        while email in taken:
            email, number = f"{stem}-{number}@import.invalid", number + 1
        taken.add(email)
        emails[name] = email
    known = {user.email: user for user in User.objects.filter(email__in=taken)}
    fresh = []
    for name, email in emails.items():
        if email not in known:
            family, _, given = name.partition(", ")
            fresh.append(User(email=email, family_name=family[:150], given_name=given[:150], password="!"))  # noqa: S106
    known |= {user.email: user for user in User.objects.bulk_create(fresh, batch_size=BATCH)}
    return {name: known[email] for name, email in emails.items()}


def _section(one: ParsedSection, term: Term, courses: dict[tuple[str, str], Course]) -> Section:
    kinds = [meeting.schedule_type for meeting in one.meetings]
    return Section(
        course=courses[one.course],
        term=term,
        crn=one.crn,
        section_number=one.section_number,
        schedule_type=kinds[0] if kinds else "",
        status=Section.Status.OPEN,
        capacity=one.capacity,
        waitlist_mode=Section.WaitlistMode.AUTO,
    )


def _update(found: Iterable[ParsedSection], known: dict[str, Section], courses: dict[tuple[str, str], Course]) -> int:
    changed = []
    for one in found:
        section = known[one.crn]
        wanted = (courses[one.course].pk, one.section_number, one.capacity)
        if (section.course_id, section.section_number, section.capacity) != wanted:
            section.course_id, section.section_number, section.capacity = wanted
            changed.append(section)
    Section.objects.bulk_update(changed, ["course", "section_number", "capacity"], batch_size=BATCH)
    return len(changed)


def _plans(sections: Iterable[ParsedSection], layout: Layout) -> list[Plan]:
    """Return one plan for each meeting that sections share.

    In a room that is a place, the same days and times are one meeting, whoever lists it: a lecture repeated on each of
    its discussion sections, or courses that are cross-listed. Elsewhere sections share a meeting when they are of one
    course and of one lecture group, which the first letter of the section number names, with the same instructors.
    """
    led = set(layout.meetings["led_by_instructor"])
    plans: dict[PatternKey, Plan] = {}
    for section in sections:
        for meeting in section.meetings:
            when = (meeting.days, meeting.on, meeting.start, meeting.end)
            key: PatternKey
            if not meeting.is_timed:
                key = (section.crn, meeting.schedule_type, meeting.building, meeting.room)
            elif meeting.room and meeting.building not in layout.values["no_place"]:
                key = (meeting.building, meeting.room, *when)
            else:
                group = (section.course, section.section_number[:1], tuple(section.instructors))
                key = (*group, meeting.schedule_type, meeting.building, meeting.room, *when)
            plan = plans.setdefault(key, Plan(meeting))
            plan.crns[section.crn] = None
            if meeting.schedule_type in led:
                plan.instructors |= dict.fromkeys(section.instructors)
    return list(plans.values())


def _patterns(
    plans: list[Plan],
    term: Term,
    sections: dict[str, Section],
    rooms: dict[tuple[str, str], Room],
    people: dict[str, User],
    layout: Layout,
) -> list[MeetingPattern]:
    zone = campus_zone()
    patterns = MeetingPattern.objects.bulk_create(
        [_pattern(plan.meeting, term, rooms, zone, layout) for plan in plans], batch_size=BATCH
    )
    shared = MeetingPattern.sections.through
    shared.objects.bulk_create(
        [
            shared(meetingpattern_id=pattern.pk, section_id=sections[crn].pk)
            for plan, pattern in zip(plans, patterns, strict=True)
            for crn in plan.crns
        ],
        batch_size=BATCH,
    )
    taught = MeetingPattern.instructors.through
    taught.objects.bulk_create(
        [
            taught(meetingpattern_id=pattern.pk, user_id=people[name].pk)
            for plan, pattern in zip(plans, patterns, strict=True)
            for name in plan.instructors
        ],
        batch_size=BATCH,
    )
    return patterns


def _pattern(
    meeting: ParsedMeeting, term: Term, rooms: dict[tuple[str, str], Room], zone: str, layout: Layout
) -> MeetingPattern:
    first: date | None = meeting.on or term.start_date
    last: date | None = meeting.on or term.end_date
    is_exam = meeting.on is not None and meeting.schedule_type in layout.meetings["exam_types"]
    # A building that is no place keeps no room: nothing can clash in it.
    is_place = meeting.building not in layout.values["no_place"]
    return MeetingPattern(
        term=term,
        kind=MeetingPattern.Kind.EXAM if is_exam else MeetingPattern.Kind.CLASS,
        schedule_type=meeting.schedule_type,
        is_tba=not meeting.is_timed,
        days=meeting.days,
        start_time=meeting.start,
        end_time=meeting.end,
        zone=zone,
        start_date=first if meeting.is_timed else None,
        end_date=last if meeting.is_timed else None,
        room=rooms[(meeting.building, meeting.room)] if meeting.room and is_place else None,
    )


def _cross_list(plans: list[Plan], term: Term, sections: dict[str, Section]) -> int:
    """Group sections of different courses that share a weekly meeting; return the number of groups."""
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
    made = CrossListGroup.objects.bulk_create([CrossListGroup(term=term) for _group in groups], batch_size=BATCH)
    changed = []
    for group, members in zip(made, groups.values(), strict=True):
        for section in members:
            section.cross_list_group = group
            changed.append(section)
    Section.objects.bulk_update(changed, ["cross_list_group"], batch_size=BATCH)
    return len(groups)


def _describe(
    clashes: Iterable[ClaimRequest], rooms: dict[tuple[str, str], Room], people: dict[str, User]
) -> list[dict[str, str]]:
    room_names = {room.pk: str(room) for room in rooms.values()}
    names = {user.pk: name for name, user in people.items()}
    return [
        {
            "kind": "room" if clash.room_id else "instructor",
            "who": room_names.get(clash.room_id or 0) or names.get(clash.person_id or 0, ""),
            "starts_at": clash.starts_at.isoformat(),
            "ends_at": clash.ends_at.isoformat(),
        }
        for clash in clashes
    ]
