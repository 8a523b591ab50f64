"""Bring a schedule of classes into a term."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from core.errors import DomainError
from core.locks import lock
from courses.models import Course, CrossListGroup, Section, SectionInstructor, Subject, Term
from courses.operations import change_section, set_instructors
from courses.validators import course_sort_key
from integrations.errors import LinesRefused, MayNotImport
from integrations.layouts import Layout
from integrations.operations.meetings import BATCH, Known, cross_list, plans_of, settle
from integrations.operations.people import instructors_named, teachers_of
from integrations.policies import can_import_schedule
from integrations.queries.clashes import clashes_of_term
from integrations.queries.figures import figures_of
from integrations.queries.schedule_file import ParsedSchedule, ParsedSection
from integrations.queries.text_file import LineError
from scheduling.models import Building, MeetingPattern, Room

# One import at a time: two could make the same course, room or person.
TURN = 7_301_002
Progress = Callable[[str, int, int], None]
Role = SectionInstructor.Role


@dataclass
class Summary:
    """What an import found and did; counts of sections unless said.

    `meetings` are those of the file before merging, `patterns` those that are left after it. `clashes` are claims that
    stand softly beside others in the term now. `past_left` are sections whose past meetings the file has otherwise.
    """

    sections: int = 0
    courses: int = 0
    rooms: int = 0
    meetings: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    patterns: int = 0
    classes_end: str = ""
    past_left: int = 0
    cancelled_here: int = 0
    room_pairs_identical: int = 0
    room_pairs_partly: int = 0
    cross_listed_courses: int = 0
    instructor_overlaps_lettered: int = 0
    outside_term: list[dict[str, Any]] = field(default_factory=list)
    instructor_overlaps: list[dict[str, Any]] = field(default_factory=list)
    clashes: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return dict(self.__dict__)


class RolledBack(Exception):
    """Ends a dry run: everything was done, and nothing is kept."""


def import_schedule(
    parsed: ParsedSchedule,
    term: Term,
    layout: Layout,
    *,
    by: Any,
    apply: bool,
    known_rooms_only: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Write the sections of `parsed` into `term` and return what happened; a dry run rolls back.

    Sections are matched by CRN. The file wins over what stands: section number, capacity, instructors and meetings, of
    which the past ones stay. What the file does not say stays too: sections it does not list, assistants, titles.
    Raises MayNotImport, and LinesRefused with the lines that cannot be taken. Clashes arrive as soft claims and are
    listed. Locks the people, then the sections and the term, then the rooms.
    """
    if by is not None and not can_import_schedule(by):
        raise MayNotImport()
    if parsed.errors:
        raise LinesRefused(parsed.errors)
    summary = _found(parsed, term, layout)
    try:
        with transaction.atomic():
            _write(parsed, term, layout, summary, by, known_rooms_only, progress or (lambda _what, _done, _all: None))
            if not apply:
                raise RolledBack
    except RolledBack:
        pass
    return summary


def _found(parsed: ParsedSchedule, term: Term, layout: Layout) -> Summary:
    figures = figures_of(parsed, layout)
    last = last_class_day(parsed, term, layout)
    outside = [
        {"line": section.line, "crn": section.crn, "day": meeting.on.isoformat()}
        for section in parsed.sections
        for meeting in section.meetings
        if meeting.on and not term.start_date <= meeting.on <= term.end_date
    ]
    return Summary(
        sections=len(parsed.sections),
        courses=len(parsed.courses),
        rooms=len(parsed.rooms),
        meetings=parsed.meetings,
        room_pairs_identical=figures.room_pairs_identical,
        room_pairs_partly=figures.room_pairs_partly,
        cross_listed_courses=figures.cross_listed_courses,
        instructor_overlaps=figures.instructor_overlaps,
        instructor_overlaps_lettered=figures.lettered,
        classes_end=last.isoformat(),
        outside_term=outside,
    )


def last_class_day(parsed: ParsedSchedule, term: Term, layout: Layout) -> date:
    """Return the day before finals begin, else the last day of the term: no lecture clashes with its own final.

    They begin on the first day of the term with one in a hundred of them, so that one wrong date changes nothing.
    """
    finals = Counter(
        meeting.on
        for section in parsed.sections
        for meeting in section.meetings
        if meeting.on and meeting.schedule_type in layout.meetings["final_types"]
    )
    least = finals.total() / 100
    days = [day for day, n in finals.items() if n >= least and term.start_date < day <= term.end_date]
    return min(days) - timedelta(days=1) if days else term.end_date


def _write(
    parsed: ParsedSchedule, term: Term, layout: Layout, summary: Summary, by: Any, known_only: bool, say: Progress
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
    courses = courses_named(parsed.courses)
    say("courses", len(courses), len(courses))
    rooms = _known_rooms(parsed) if known_only else _rooms(parsed)
    people = instructors_named({name for one in parsed.sections for name in one.instructors}, term)
    say("people", len(people), len(people))
    term = _lock_all(term, people.values(), rooms.values(), [one.crn for one in parsed.sections])
    standing = {section.crn: section for section in Section.objects.filter(term=term).select_related("course__subject")}
    _refuse_other_courses(parsed, courses, standing)
    fresh = [one for one in parsed.sections if one.crn not in standing]
    again = [one for one in parsed.sections if one.crn in standing]
    changed = _change(again, standing, people, by)
    made = Section.objects.bulk_create([_section(one, term, courses) for one in fresh], batch_size=BATCH)
    sections = standing | {section.crn: section for section in made}
    _teach(fresh, sections, people)
    say("sections", len(parsed.sections), len(parsed.sections))

    cancelled = {one.crn for one in again if standing[one.crn].status == Section.Status.CANCELLED}
    plans = plans_of([one for one in parsed.sections if one.crn not in cancelled], layout)
    mine = {one.crn: sections[one.crn] for one in parsed.sections if one.crn not in cancelled}
    known = Known(term, last_class_day(parsed, term, layout), mine, rooms, people, frozenset(one.crn for one in fresh))
    outcome = settle(plans, known, layout, by=by)
    say("meetings", len(plans), len(plans))
    changed |= outcome.touched | cross_list(plans, known, CrossListGroup)
    summary.patterns = len(plans)
    summary.created = len(fresh)
    summary.updated = len(changed - known.fresh)
    summary.unchanged = len(again) - summary.updated
    summary.past_left = len(outcome.past)
    summary.cancelled_here = len(cancelled)
    summary.clashes = clashes_of_term(term)
    say("clashes", len(summary.clashes), len(summary.clashes))


def _lock_all(term: Term, people: Iterable[Any], rooms: Iterable[Room], crns: list[str]) -> Term:
    """Lock whatever the import may touch, also who and what stands in the term now; return the fresh term."""
    planned = MeetingPattern.instructors.through.objects.filter(meetingpattern__term=term)
    teach = {*teachers_of(term), *planned.values_list("user", flat=True)}
    found: Term = lock(
        term,
        *people,
        *User.objects.filter(pk__in=teach),
        *Section.objects.filter(term=term, crn__in=crns),
        *rooms,
        *Room.objects.filter(patterns__term=term).distinct(),
    )[0]
    return found


def courses_named(codes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Course]:
    """Return the living course of each subject and number; those that are new are published under their code."""
    wanted = sorted(codes)
    names = sorted({subject for subject, _number in wanted})
    Subject.objects.bulk_create([Subject(code=code, name=code) for code in names], ignore_conflicts=True)
    subjects = {subject.code: subject for subject in Subject.objects.filter(code__in=names)}
    living = Course.objects.exclude(status=Course.Status.ARCHIVED).filter(subject__in=subjects.values())
    known = {(course.subject.code, course.number): course for course in living.select_related("subject")}
    made = Course.objects.bulk_create(
        [
            Course(
                subject=subjects[subject],
                number=number,
                title=f"{subject} {number}",
                status=Course.Status.PUBLISHED,
                sort_key=course_sort_key(subject, number),
            )
            for subject, number in wanted
            if (subject, number) not in known
        ],
        batch_size=BATCH,
    )
    known |= {(course.subject.code, course.number): course for course in made}
    return {code: known[code] for code in wanted}


def _rooms(parsed: ParsedSchedule) -> dict[tuple[str, str], Room]:
    codes = sorted({building for building, _room in parsed.rooms})
    Building.objects.bulk_create([Building(code=code, name=code) for code in codes], ignore_conflicts=True)
    buildings = {building.code: building for building in Building.objects.filter(code__in=codes)}
    Room.objects.bulk_create(
        [Room(building=buildings[building], code=room) for building, room in sorted(parsed.rooms)],
        ignore_conflicts=True,
        batch_size=BATCH,
    )
    return _existing_rooms(codes)


def _existing_rooms(codes: Iterable[str]) -> dict[tuple[str, str], Room]:
    found = Room.objects.filter(building__code__in=codes).select_related("building")
    return {(room.building.code, room.code): room for room in found}


def _known_rooms(parsed: ParsedSchedule) -> dict[tuple[str, str], Room]:
    found = _existing_rooms({building for building, _room in parsed.rooms})
    unknown = [
        LineError(line, f"There is no room “{' '.join(place)}”.")
        for place, line in parsed.rooms.items()
        if place not in found
    ]
    if unknown:
        raise LinesRefused(unknown)
    return found


def _refuse_other_courses(
    parsed: ParsedSchedule, courses: dict[tuple[str, str], Course], standing: dict[str, Section]
) -> None:
    """A CRN is one section for good: its students would find themselves in another course."""
    numbers = {(section.course_id, section.section_number): section.crn for section in standing.values()}
    listed = {one.crn for one in parsed.sections}
    wrong = []
    for one in parsed.sections:
        section, course = standing.get(one.crn), courses[one.course]
        if section is not None and section.course_id != course.pk:
            wrong.append(LineError(one.line, f"The id {one.crn} is a section of {section.course.code} in this term."))
        owner = numbers.get((course.pk, one.section_number), one.crn)
        if owner != one.crn and owner not in listed:
            wrong.append(LineError(one.line, f"{course.code} has a section {one.section_number} with the id {owner}."))
    if wrong:
        raise LinesRefused(wrong)


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


def _teach(fresh: Iterable[ParsedSection], sections: dict[str, Section], people: dict[str, Any]) -> None:
    SectionInstructor.objects.bulk_create(
        [
            SectionInstructor(section=sections[one.crn], instructor=people[name], is_primary=at == 0)
            for one in fresh
            for at, name in enumerate(one.instructors)
        ],
        batch_size=BATCH,
    )


def _change(again: Iterable[ParsedSection], standing: dict[str, Section], people: dict[str, Any], by: Any) -> set[str]:
    """Change what the file has otherwise, section by section; return the CRNs. LinesRefused for what a rule forbids."""
    teaching: dict[int, list[SectionInstructor]] = {}
    keys = [standing[one.crn].pk for one in again]
    for row in SectionInstructor.objects.filter(section__in=keys).select_related("instructor"):
        teaching.setdefault(row.section_id, []).append(row)
    changed, wrong = set(), []
    for one in again:
        section = standing[one.crn]
        if section.status == Section.Status.CANCELLED:
            continue
        try:
            if _change_one(one, section, teaching.get(section.pk, []), people, by):
                changed.add(one.crn)
        except DomainError as exc:
            wrong.append(LineError(one.line, str(exc)))
    if wrong:
        raise LinesRefused(wrong)
    return changed


def _change_one(
    one: ParsedSection, section: Section, teaching: list[SectionInstructor], people: dict[str, Any], by: Any
) -> bool:
    wanted = {"section_number": one.section_number, "capacity": one.capacity}
    fields = {name: value for name, value in wanted.items() if getattr(section, name) != value}
    if fields:
        change_section(section, by=by, **fields)
    named = [people[name] for name in one.instructors]
    leading = [row for row in teaching if row.role == Role.INSTRUCTOR]
    # The first of the file is the one of record; the order of the others says nothing.
    now = ({row.instructor_id for row in leading}, next((row.instructor_id for row in leading if row.is_primary), None))
    if now == ({person.pk for person in named}, named[0].pk if named else None):
        return bool(fields)
    # Assistants and graders are not in the file, and stay while there is somebody of record.
    others = [
        (row.instructor, row.role, False) for row in teaching if row not in leading and row.instructor not in named
    ]
    lead = [(person, Role.INSTRUCTOR, at == 0) for at, person in enumerate(named)]
    set_instructors(section, [*lead, *others] if lead else [], by=by)
    return True
