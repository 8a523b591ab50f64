"""What stands in a term that sections are copied into: whose time is taken, which numbers, what is there already."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from core.recurrence import Occurrence
from courses.models import Section, Term
from scheduling.models import Claim, Closure, MeetingPattern, Room
from scheduling.operations.patterns import occurrences_of

# Whose time it is: "room" or "person", and the key.
Owner = tuple[str, int]
# What takes it: the key of a claim, or the words for a class that is copied in the same act.
Taker = int | str
MARGIN = timedelta(days=2)


class Taken:
    """Whose time is taken when, by day: a look takes no time, however full the term is."""

    def __init__(self) -> None:
        self._by_day: dict[tuple[Owner, date], list[tuple[datetime, datetime, Taker]]] = defaultdict(list)

    def add(self, owner: Owner, starts_at: datetime, ends_at: datetime, taker: Taker) -> None:
        for day in _days(starts_at, ends_at):
            self._by_day[owner, day].append((starts_at, ends_at, taker))

    def in_the_way(self, owner: Owner, occurrences: Sequence[Occurrence]) -> dict[Taker, set[date]]:
        """Return what takes the time of these occurrences, with the days on which it does."""
        found: dict[Taker, set[date]] = defaultdict(set)
        for one in occurrences:
            for day in _days(one.starts_at, one.ends_at):
                for start, end, taker in self._by_day.get((owner, day), ()):
                    if start < one.ends_at and one.starts_at < end:
                        found[taker].add(one.local_date)
        return dict(found)


def _days(starts_at: datetime, ends_at: datetime) -> Iterator[date]:
    day, last = starts_at.astimezone(UTC).date(), ends_at.astimezone(UTC).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


@dataclass
class Ground:
    """The term that is copied into as it is, and what was planned on it since it was looked at."""

    taken: Taken = field(default_factory=Taken)
    copies: dict[int, Section] = field(default_factory=dict)
    numbers: dict[tuple[int, str], Section] = field(default_factory=dict)
    crns: set[str] = field(default_factory=set)
    # By the key of the pattern that was copied: the copy, and what was said of it.
    patterns: dict[int, Any] = field(default_factory=dict)
    closures: list[tuple[date, date]] = field(default_factory=list)
    _next_crn: int = 0
    _dates: dict[Any, list[Occurrence]] = field(default_factory=dict)

    def crn_for(self, wanted: str) -> str:
        """Return the CRN itself where it is free, else the next number after all that are taken."""
        if wanted in self.crns:
            highest = max((int(crn) for crn in self.crns if crn.isascii() and crn.isdigit()), default=0)
            self._next_crn = (self._next_crn or highest) + 1
            wanted = str(self._next_crn)
        self.crns.add(wanted)
        return wanted

    def dates_of(self, pattern: MeetingPattern) -> list[Occurrence]:
        """Return the dated meetings of a rule, closed days among them; the same rule is worked out once."""
        when = (pattern.days, pattern.start_time, pattern.end_time, pattern.start_date, pattern.end_date)
        key = (*when, pattern.zone, pattern.interval_weeks)
        if key not in self._dates:
            self._dates[key] = occurrences_of(pattern, [])
        return self._dates[key]

    def is_closed(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.closures)


def ground_of(target: Term, rooms: Collection[Room] | None = None, people: Collection[Any] | None = None) -> Ground:
    """Return the ground of a term, with the time of these rooms and people; None for everybody's."""
    sections = list(Section.objects.filter(term=target).select_related("course__subject"))
    low = datetime.combine(target.start_date, time(0), tzinfo=UTC) - MARGIN
    high = datetime.combine(target.end_date, time(0), tzinfo=UTC) + MARGIN
    found = Ground(
        copies={one.copied_from_id: one for one in sections if one.copied_from_id},
        numbers={(one.course_id, one.section_number): one for one in sections},
        crns={one.crn for one in sections},
        closures=list(
            Closure.objects.filter(end_date__gte=target.start_date, start_date__lte=target.end_date).values_list(
                "start_date", "end_date"
            )
        ),
    )
    copied = MeetingPattern.objects.filter(term=target, copied_from__isnull=False, sections__isnull=False).distinct()
    found.patterns = {one.copied_from_id: one for one in copied if one.copied_from_id}
    claims = Claim.objects.live(timezone.now()).within(low, high)
    if rooms is not None and people is not None:
        claims = claims.filter(Q(room__in=list(rooms)) | Q(person__in=list(people)))
    _take(found.taken, claims.values_list("pk", "room_id", "person_id", "during"))
    return found


def _take(taken: Taken, claims: Iterable[tuple[int, int | None, int | None, Any]]) -> None:
    for key, room, person, during in claims:
        owner: Owner = ("room", room) if room else ("person", person or 0)
        taken.add(owner, during.lower, during.upper, key)
