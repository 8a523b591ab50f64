"""The one way in which freed seats go to those who wait, whatever freed them.

Every deed that may free a seat runs within `with_line`; whoever holds the section's lock already calls `seats_changed`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.errors import Busy
from core.locks import lock, retry_once
from courses.models import CrossListGroup, Section
from students.models import BY_HAND, Enrollment, WaitlistEntry, WaitlistEvent
from students.operations.endings import as_if_given_up, give_up, may_give_up, swapped
from students.operations.history import give_seat, line_event
from students.operations.lapses import settle
from students.operations.offers import offer_seat
from students.queries.registration import registration_check
from students.queries.seats import seats

T = TypeVar("T")
ATTEMPTS = 3
# How many of the line are locked beyond the free seats, so that a few who are passed over need no second look.
SPARE = 20
# How many of a line are tried under one lock, which others wait for; a job goes on from there.
FAR = 60


class _GroupChanged(Exception):
    """The section came into a cross-list group or out of one while its lock was waited for: look again."""


class _LineMoved(Exception):
    """Somebody whose turn it is was not locked: look again."""


@dataclass
class Run:
    """One run along lines: who causes it, when it began, whose locks are held, and what it gave."""

    now: datetime
    people: set[int]
    by: Any = None
    since: datetime | None = None
    # Sections, by key, whose locks are held.
    sections: set[int] = field(default_factory=set)
    given: list[Enrollment] = field(default_factory=list)

    @property
    def started(self) -> datetime:
        return self.since or self.now

    def covers(self, entry: WaitlistEntry, given_up: Enrollment | None) -> bool:
        """Return whether everything is locked that giving the seat to this place in line changes."""
        swaps = given_up is None or given_up.section_id in self.sections
        return entry.student.user_id in self.people and swaps


def with_line(
    section: Section,
    people: list[Any],
    deed: Callable[[Section, datetime], T],
    *,
    by: Any,
    freed: int = 0,
    also: Sequence[Section] = (),
    since: datetime | None = None,
    given: list[Enrollment] | None = None,
) -> T:
    """Run `deed(section, now)` under the locks and then give what is free to the line, all in one transaction.

    The head of the line is read without a lock, locked together with `people` by primary key, then the section (with
    its cross-list group, the sections in it, and those that the head would give up) is locked and the line read again.
    When the turn has come to somebody who is not among the locked, everything is rolled back to a savepoint, which
    frees the locks, and begun anew; Busy after three times. `freed` is how many seats the deed will free; it frees one
    more in each section of `also`.
    """

    def once() -> T:
        for _attempt in range(ATTEMPTS):
            try:
                with transaction.atomic():
                    answer, run = _locked(section, people, deed, by=by, freed=freed, also=also, since=since)
            except (_LineMoved, CrossListGroup.DoesNotExist):
                continue
            if given is not None:
                given.extend(run.given)
            return answer
        raise Busy()

    return retry_once(once)


def _locked(
    section: Section,
    people: list[Any],
    deed: Callable[[Section, datetime], T],
    *,
    by: Any,
    freed: int,
    also: Sequence[Section],
    since: datetime | None,
) -> tuple[T, Run]:
    gains = {section.pk: freed} | {other.pk: 1 for other in also if other.pk != section.pk}
    seen = Section.objects.select_related("cross_list_group").in_bulk(gains)
    parts: dict[int, Section] = {}
    heads: list[WaitlistEntry] = []
    for key, gain in gains.items():
        for part in _together(seen[key]):
            parts.setdefault(part.pk, part)
            heads += _head(part, gain, since)
    everybody = [*people, *(entry.student.user for entry in heads)]
    groups = [target.cross_list_group for target in seen.values()]
    given_up = _given_up(heads)
    fresh = lock(*everybody, *groups, *given_up, *parts.values())[-len(parts) :]
    for row in fresh:
        if row.pk in seen and row.cross_list_group_id != seen[row.pk].cross_list_group_id:
            raise _LineMoved
    run = Run(
        timezone.now(),
        {person.pk for person in everybody if person is not None},
        by,
        since,
        sections={*parts, *(row.pk for row in given_up)},
    )
    for row in fresh:
        settle(row, run.now)
    target = next(row for row in fresh if row.pk == section.pk)
    answer = deed(target, run.now)
    for row in fresh:
        fill(row, run)
    return answer, run


def _together(section: Section) -> list[Section]:
    """Return the section first, then those whose seats depend on its own: the rest of its cross-list group."""
    group = section.cross_list_group
    if group is None or group.capacity is None:
        return [section]
    others = Section.objects.filter(cross_list_group=group).exclude(pk=section.pk).order_by("pk")
    return [section, *others]


def _waiting(section: Section, since: datetime | None) -> Any:
    line = WaitlistEntry.objects.waiting().filter(section=section)
    if since:  # who was passed over by hand was not tried
        line = line.exclude(~Q(last_skip_code=BY_HAND), last_skipped_at__gte=since)
    return line.in_order().select_related("student__user")


def _head(section: Section, freed: int | None, since: datetime | None) -> list[WaitlistEntry]:
    """Return the places whose turn may come when `freed` more seats are free, None for no limit."""
    found = seats(section)
    if not found.waiting:
        return []
    room = found.waiting if found.free is None or freed is None else found.free + freed
    if room <= 0:
        return []
    return list(_waiting(section, since)[: min(room + SPARE, FAR)])


def _given_up(entries: Iterable[WaitlistEntry]) -> list[Section]:
    """Return the sections in which these places in line would free a seat."""
    keys = [entry.swap_enrollment_id for entry in entries if entry.swap_enrollment_id]
    if not keys:
        return []
    return list(Section.objects.filter(enrollments__in=Enrollment.objects.live().filter(pk__in=keys)).distinct())


def fill(section: Section, run: Run) -> None:
    """Give the free seats of a locked section to its line, in order.

    Whoever may not enroll now is passed over with a reason and keeps the place. Raises _LineMoved when the first
    whose turn it is was not locked; further on a job goes on from there.
    """
    found = seats(section, run.now)
    if not found.waiting or not found.has_free or section.status != Section.Status.OPEN:
        return
    free = found.waiting if found.free is None else found.free
    tried = 0
    for entry in _waiting(section, run.started)[:FAR]:
        if free <= 0:
            return
        given_up = swapped(entry)
        if not run.covers(entry, given_up):
            if not tried:
                raise _LineMoved
            later(section, run.started)
            return
        tried += 1
        failed = _turn_of(entry, section, given_up, run.now)
        if failed is None:
            _give(entry, section, run)
            free -= 1
        elif failed[0] == "section_full":
            return
        else:
            pass_over(entry, *failed, run, by=run.by)
    if free > 0 and tried == FAR:
        later(section, run.started)


def _turn_of(
    entry: WaitlistEntry, section: Section, given_up: Enrollment | None, now: datetime
) -> tuple[str, str] | None:
    """Return code and words of what keeps this place in line from the seat, None when nothing does.

    Kept as words that many read: their times are those of the campus, not of whoever freed the seat.
    """
    with timezone.override(settings.CAMPUS_TIME_ZONE):
        if given_up is not None and (refusal := may_give_up(given_up, now)):
            return refusal.code, str(refusal)

        def ask() -> tuple[str, str] | None:
            failed = registration_check(entry.student, section, now, in_line=True).failed
            return (failed[0].name, str(failed[0].error)) if failed else None

        return as_if_given_up(given_up, ask)


def _give(entry: WaitlistEntry, section: Section, run: Run) -> None:
    if section.waitlist_mode == Section.WaitlistMode.OFFER:
        offer_seat(entry, section, by=run.by, now=run.now, run_at=run.started)
    else:
        run.given.append(seat_entry(entry, section, by=run.by, now=run.now, run_at=run.started))


def seat_entry(
    entry: WaitlistEntry,
    section: Section,
    *,
    by: Any,
    now: datetime,
    reason: str = "",
    kind: str = WaitlistEvent.Kind.PROMOTED,
    run_at: datetime | None = None,
) -> Enrollment:
    """Turn a place in line into a seat, giving up the class that was named for it.

    The caller holds the locks and has asked the rules. The seat that is given up goes to the line there.
    """
    given_up = swapped(entry)
    if given_up is not None:
        give_up(given_up, section, by=None, now=now)
        if WaitlistEntry.objects.waiting().filter(section=given_up.section_id).exists():
            later(given_up.section, now)
    entry.status = WaitlistEntry.Status.ACCEPTED
    entry.save(update_fields=["status"])
    line_event(entry, kind, by=by, reason=reason, now=now, run_at=run_at)
    return give_seat(entry.student, section, by=by, source=Enrollment.Source.WAITLIST, now=now, reason=reason)


def pass_over(entry: WaitlistEntry, code: str, reason: str, run: Run, *, by: Any) -> None:
    """Note why this entry did not get the seat; it keeps its place. The student may read it."""
    entry.last_skip_code, entry.last_skip_reason, entry.last_skipped_at = code[:40], reason[:500], run.now
    entry.save(update_fields=["last_skip_code", "last_skip_reason", "last_skipped_at"])
    kind = WaitlistEvent.Kind.SKIPPED
    line_event(entry, kind, by=by, reason=reason, now=run.now, code=code, run_at=run.started)


def somebody_may(section: Section) -> bool:
    """Return whether a seat is free that somebody near the head of the line may take now; writes nothing for good.

    What kept them is gone without that a seat was freed: a class dropped elsewhere, a hold released.
    """
    now = timezone.now()
    if section.status != Section.Status.OPEN or not seats(section, now).has_free or section.line_is_over(now):
        return False
    line = _waiting(section, None)[:FAR]
    return any(_turn_of(entry, section, swapped(entry), now) is None for entry in line)


def later(section: Section, since: datetime) -> None:
    """Leave the rest of the line to a job of the same transaction."""
    from students.tasks import promote_line  # the one arrow up: a deed leaves its job

    promote_line.defer(section_id=section.pk, since=since.isoformat())


def lock_section(section: Section) -> Section:
    """Lock the section with its cross-list group and return it fresh; the people are locked before.

    Its term and course come along as they were just before, so that nobody waits for them too. The group is read
    without a lock. When it has become another or none meanwhile, the lock is given back and taken
    again: seats in common are counted under the group's lock alone. Busy after three times.
    """
    for _attempt in range(ATTEMPTS):
        seen = Section.objects.select_related("cross_list_group", "term", "course__subject").get(pk=section.pk)
        try:
            with transaction.atomic():
                _group, fresh = lock(seen.cross_list_group, seen)
                if fresh.cross_list_group_id != seen.cross_list_group_id:
                    raise _GroupChanged
                if (fresh.term_id, fresh.course_id) == (seen.term_id, seen.course_id):
                    fresh.term, fresh.course = seen.term, seen.course
                return fresh
        except (_GroupChanged, CrossListGroup.DoesNotExist):
            continue
    raise Busy()


def seat_takers(section: Section, more: int | None) -> list[Any]:
    """Return what to lock before `section` gains `more` seats (None: no limit) so that they can be given at once.

    The head of its line, its cross-list group, and the sections that share seats with it.
    """
    seen = Section.objects.select_related("cross_list_group").get(pk=section.pk)
    people = [entry.student.user for entry in _head(seen, more, None)]
    return [*people, seen.cross_list_group, *_together(seen)[1:]]


def seats_changed(section: Section, locked: set[int]) -> None:
    """Give the free seats of a locked section to its line; the catalogue calls this when there may be more of them.

    `locked` are the keys of the people whose locks are held. When the turn has come to others, or to somebody who
    gives up another class, a job does it.
    """
    now = timezone.now()
    settle(section, now)
    try:
        fill(section, Run(now, locked))
    except _LineMoved:
        later(section, now)
