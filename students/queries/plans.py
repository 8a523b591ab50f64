"""Plan a term: which open sections of the wished courses go together, the ones nearest to the wishes first."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from core.rules import Check
from core.weekdays import days_of
from courses.models import Course, Section, Term
from scheduling.models import Meeting, MeetingPattern
from scheduling.queries.busy import busy_times
from scheduling.queries.grid import Item, week_grid
from scheduling.queries.meetings import pattern_words
from students.models import Enrollment, StudentProfile
from students.queries.class_search import in_catalog_order, with_facts
from students.queries.combinations import Combination, Option, Search, free_of, gap_minutes, overlaps
from students.queries.registration import registration_check
from students.queries.seats import Seats, seats_of

MOST_COURSES, MOST_PLANS, PAGE = 10, 60, 12
# What goes against a wish, in one currency with `combinations.DAY_COST`.
HOUR_COST, DAY_OFF_COST, OTHER_INSTRUCTOR_COST = 20, 60, 30


@dataclass(frozen=True)
class Wishes:
    """What the student would like. Nothing of it rules a plan out; what goes against it comes later."""

    earliest: time | None = None
    latest: time | None = None
    days_off: frozenset[int] = frozenset()
    compact: bool = False
    # Public ids of people.
    instructors: frozenset[str] = frozenset()


@dataclass
class Choice:
    """A wished course: its ways in, and how many of its sections are out, by reason (full, clash, enrolled)."""

    course: Course
    options: list[Option] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    full: list[Section] = field(default_factory=list)

    @property
    def is_enrolled(self) -> bool:
        return bool(self.left_out["enrolled"])


@dataclass(frozen=True)
class Plan:
    """Sections that go together, with what is `own` already; `week` is the context of a week grid."""

    sections: list[Section]
    own: list[Section]
    cost: int
    facts: dict[str, Any]
    week: dict[str, Any]

    @property
    def key(self) -> str:
        """The CRNs of its sections, which stand for it in addresses."""
        return ",".join(section.crn for section in self.sections)

    @property
    def lines(self) -> list[tuple[Section, list[str], list[Any]]]:
        """Each section with its hours in words, empty for one to be arranged, and those who teach it."""
        return [
            (
                section,
                [pattern_words(one) for one in _patterns(section)],
                [row.instructor for row in section.section_instructors.all()],
            )
            for section in self.sections
        ]


@dataclass
class Planned:
    """The answer: plans in order, how many there are (`COUNT_LIMIT` means that or more), and what each course gives.

    `exact` is False when there were so many that the order is only nearly right.
    """

    choices: list[Choice]
    plans: list[Plan]
    count: int
    exact: bool
    seats: dict[int, Seats]


def plan_term(
    student: StudentProfile | None,
    term: Term,
    courses: Sequence[Course],
    wishes: Wishes,
    user: Any,
    first: int = 0,
    most: int = PAGE,
) -> Planned:
    """Return `most` plans from the one numbered `first` on: one open section with free seats of each course.

    No two overlap in any dated meeting, nor with the classes, appointments and other engagements that `student` has. A
    lecture comes with one of the labs that belong to it. Courses in which the student is enrolled are part of no plan.
    The same number of queries for any number of courses and sections.
    """
    found = _sections(term, courses, user)
    seats = seats_of(found)
    taken = times_of([section.pk for section in found])
    busy = own_times(student, term)
    own = own_sections(student, term)
    enrolled = {section.course_id for section in own}
    choices = [Choice(course) for course in courses]
    for choice in choices:
        _fill(choice, [one for one in found if one.course_id == choice.course.pk], seats, taken, busy, wishes, enrolled)
    wanted = [choice.options for choice in choices if not choice.is_enrolled]
    # What the student has is one more course with one way to take it: its days and hours count for the wishes.
    search = Search([[Option((), (), _week(own))], *wanted] if wanted else [], compact=wishes.compact)
    shown = list(itertools.islice(search.best(), first, first + most))
    by_key = {section.pk: section for section in found}
    plans = [_plan(one, by_key, own) for one in shown]
    return Planned(choices, plans, search.count(), search.exact, seats)


def plan_of(sections: Iterable[Section], own: list[Section]) -> Plan:
    """Return the plan of these sections, read `with_facts`, beside one's `own`, whether they go together or not."""
    rows = list(sections)
    options = [Option((row.pk,), (), _week([row])) for row in rows]
    return _plan(Combination((Option((), (), _week(own)), *options), 0), {row.pk: row for row in rows}, own)


@dataclass(frozen=True)
class Checked:
    """A section of a plan with every rule between the student and its seat."""

    section: Section
    check: Check

    @property
    def rules(self) -> list[dict[str, Any]]:
        """Return the rules that failed, as a page lists them."""
        return Check(self.check.failed).as_dicts()


def checked(student: StudentProfile, sections: Iterable[Section]) -> list[Checked]:
    """Return what each section asks of the student now, when all of them are taken in one act."""
    rows = list(sections)
    return [Checked(section, registration_check(student, section, together=rows)) for section in rows]


def courses_named(codes: Iterable[str], user: Any) -> dict[str, Course]:
    """Return the courses with these codes that `user` may see, by their codes in capitals: "CSE 101"."""
    pairs = [code.rpartition(" ")[::2] for code in codes]
    seen = Course.objects.visible_to(user).select_related("subject")
    found = seen.filter(subject__code__in=[subject for subject, _n in pairs], number__in=[n for _s, n in pairs])
    return {course.code.upper(): course for course in found if course.code.upper() in set(codes)}


def within(term: Term, path: str = "") -> Q:
    """Return the condition of sections of the term and of its parts; `path` leads to the section: "section__"."""
    part = {f"{path}term__parent": term, f"{path}term__kind": Term.Kind.PART_OF_TERM}
    return Q(**{f"{path}term": term}) | Q(**part)


def sections_of(term: Term, user: Any) -> QuerySet[Section]:
    """Return the open sections of the term that `user` may see, with their facts, in the order of the catalogue."""
    seen = Section.objects.visible_to(user).filter(within(term), status=Section.Status.OPEN)
    return in_catalog_order(with_facts(seen))


def _sections(term: Term, courses: Sequence[Course], user: Any) -> list[Section]:
    return list(sections_of(term, user).filter(course__in=courses))


def times_of(sections: list[int]) -> dict[int, list[tuple[float, float]]]:
    found: dict[int, list[tuple[float, float]]] = {}
    rows = Meeting.objects.standing().filter(pattern__sections__in=sections, ends_at__gt=timezone.now())
    for pk, start, end in rows.values_list("pattern__sections", "starts_at", "ends_at"):
        found.setdefault(pk, []).append((start.timestamp(), end.timestamp()))
    return found


def own_times(student: StudentProfile | None, term: Term) -> list[tuple[float, float]]:
    """Return the times of the student that are taken in the term, by classes and by whatever the ledger holds."""
    if student is None:
        return []
    start = datetime.combine(term.start_date - timedelta(days=1), time(), UTC)
    end = datetime.combine(term.end_date + timedelta(days=2), time(), UTC)
    busy = busy_times([student.user_id], max(start, timezone.now()), end, named=False)
    return [(one.starts_at.timestamp(), one.ends_at.timestamp()) for one in busy]


def own_sections(student: StudentProfile | None, term: Term) -> list[Section]:
    """Return the sections that the student takes in the term already, with their facts."""
    if student is None:
        return []
    live = Enrollment.objects.live().filter(student_id=student.pk)
    return list(in_catalog_order(with_facts(Section.objects.filter(within(term), enrollments__in=live))))


def _fill(
    choice: Choice,
    sections: list[Section],
    seats: dict[int, Seats],
    taken: dict[int, list[tuple[float, float]]],
    busy: list[tuple[float, float]],
    wishes: Wishes,
    enrolled: set[int],
) -> None:
    if choice.course.pk in enrolled:
        choice.left_out["enrolled"] = 1
        return
    free = [section for section in sections if seats[section.pk].has_free and not seats[section.pk].waiting]
    choice.full = [section for section in sections if section not in free]
    choice.left_out["full"] = len(choice.full)
    has_wished = any(_teachers(section) & wishes.instructors for section in sections)
    options = [_option(parts, taken, wishes, has_wished) for parts in _together(sections, free)]
    everything = [option for option in options if not overlaps(option.taken)]
    choice.options = free_of(everything, busy)
    choice.left_out["clash"] = len(everything) - len(choice.options)


def _together(sections: list[Section], free: list[Section]) -> list[list[Section]]:
    """Return the ways to take a course: a section alone, or with one of those that belong to it."""
    parts: dict[int, list[Section]] = {}
    whole = [section for section in free if section.linked_to_id is None]
    linked = {section.linked_to_id for section in sections if section.linked_to_id}
    for section in free:
        if section.linked_to_id:
            parts.setdefault(section.linked_to_id, []).append(section)
    found = []
    for section in whole:
        if section.pk in linked:
            found += [[section, part] for part in parts.get(section.pk, [])]
        else:
            found.append([section])
    return found


def _teachers(section: Section) -> set[str]:
    return {str(row.instructor.public_id) for row in section.section_instructors.all()}


def _option(
    parts: list[Section], taken: dict[int, list[tuple[float, float]]], wishes: Wishes, has_wished: bool
) -> Option:
    week = _week(parts)
    cost = sum(_against(hours, wishes) for hours in week)
    if has_wished and not any(_teachers(part) & wishes.instructors for part in parts):
        cost += OTHER_INSTRUCTOR_COST
    times = tuple(pair for part in parts for pair in taken.get(part.pk, ()))
    return Option(tuple(part.pk for part in parts), times, week, cost)


def _against(hours: tuple[int, int, int], wishes: Wishes) -> int:
    """Return what one weekly meeting costs: on a day that shall be free, or for each begun hour out of time."""
    day, start, end = hours
    cost = DAY_OFF_COST if day in wishes.days_off else 0
    early = _minutes(wishes.earliest) - start if wishes.earliest else 0
    late = end - _minutes(wishes.latest) if wishes.latest else 0
    return cost + HOUR_COST * sum(-(-minutes // 60) for minutes in (early, late) if minutes > 0)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _patterns(section: Section) -> list[MeetingPattern]:
    return [one for one in section.patterns.all() if not one.is_tba and one.kind == MeetingPattern.Kind.CLASS]


def _week(parts: Iterable[Section]) -> tuple[tuple[int, int, int], ...]:
    return tuple(
        (day, _minutes(pattern.start_time), _minutes(pattern.end_time))
        for part in parts
        for pattern in _patterns(part)
        if pattern.start_time and pattern.end_time
        for day in days_of(pattern.days)
    )


def _plan(combination: Combination, sections: dict[int, Section], own: list[Section]) -> Plan:
    rows = [sections[pk] for option in combination.options for pk in option.key]
    return Plan(rows, own, combination.cost, _facts(combination), _grid([*own, *rows], {one.pk for one in own}))


def _facts(combination: Combination) -> dict[str, Any]:
    hours = [one for option in combination.options for one in option.week]
    days = sorted({day for day, _, _ in hours})
    starts, ends = [start for _, start, _ in hours], [end for _, _, end in hours]
    return {
        "weekdays": days,
        "days": [str(WEEKDAYS_ABBR[day]) for day in days],
        "starts_at": _clock(min(starts)) if starts else None,
        "ends_at": _clock(max(ends)) if ends else None,
        "gap_minutes": gap_minutes(combination.options),
    }


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def _grid(rows: list[Section], own: set[int]) -> dict[str, Any]:
    """Return a usual week: hours are those of the place, dates are left out."""
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    zone = ZoneInfo("UTC")
    items = [
        Item(
            title=str(section),
            starts_at=datetime.combine(monday + timedelta(days=day), pattern.start_time, zone),
            ends_at=datetime.combine(monday + timedelta(days=day), pattern.end_time, zone),
            color_key=section.course.code,
            note=_("yours") if section.pk in own else "",
        )
        for section in rows
        for pattern in _patterns(section)
        if pattern.start_time and pattern.end_time
        for day in days_of(pattern.days)
    ]
    weekend = any(item.starts_at.weekday() > 4 for item in items)
    grid = week_grid(items, monday, zone, days=7 if weekend else 5)
    for at, day in enumerate(grid["days"]):
        day |= {"label": str(WEEKDAYS[at]), "is_today": False, "now_row": None}
    return grid
