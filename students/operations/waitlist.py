"""The line: join, leave, and the one function that gives freed seats to those who wait."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Busy
from core.locks import lock, retry_once
from courses.models import CrossListGroup, Section
from notifications.operations import notify
from students.errors import MayNotEnroll, MayNotManageLine, NotWaiting, ReasonMissing, SectionFull
from students.models import Enrollment, StudentProfile, WaitlistEntry, WaitlistEvent
from students.operations.history import give_seat, line_event
from students.policies import can_enroll, can_leave_line, can_manage_line
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


def join_waitlist(student: StudentProfile, section: Section, *, by: Any) -> WaitlistEntry:
    """Put `student` at the end of the line and return the entry.

    Raises MayNotEnroll or the error of the first rule that fails. Locks the people, then the section. Whoever may
    take a free seat gets it in the same transaction, so the entry may come back accepted.
    """
    if by is not None and not can_enroll(by, student, section):
        raise MayNotEnroll()

    def deed(section: Section, now: datetime) -> WaitlistEntry:
        registration_check(student, section, now, for_seat=False).raise_refusal()
        return stand_in_line(student, section, by=by, now=now)

    entry = with_line(section, [student.user, by], deed, by=None)
    entry.refresh_from_db()
    return entry


def stand_in_line(student: StudentProfile, section: Section, *, by: Any, now: datetime) -> WaitlistEntry:
    """Write the entry with the next number. The caller holds the section's lock and has asked the rules.

    Counted from the rows rather than kept on the section: whoever saves a section read earlier cannot turn it back.
    """
    last = WaitlistEntry.objects.filter(section=section).aggregate(last=Max("seq"))["last"] or 0
    entry = WaitlistEntry.objects.create(student=student, section=section, seq=last + 1, joined_at=now)
    line_event(entry, WaitlistEvent.Kind.JOINED, by=by, now=now)
    notify("waitlisted", to=student.user, about=entry)
    return entry


def leave_waitlist(entry: WaitlistEntry, *, by: Any, reason: str = "") -> WaitlistEntry:
    """Take the entry out of the line and return it; NotWaiting when it is over already. Its place is not kept.

    Staff give a reason, which the student is told.
    """
    if by is not None and not can_leave_line(by, entry):
        raise MayNotManageLine()
    own = by is None or by.pk == entry.student.user_id
    if not own and not reason.strip():
        raise ReasonMissing()

    def deed() -> WaitlistEntry:
        with transaction.atomic():
            lock(entry.student.user, by, entry.section)
            fresh = WaitlistEntry.objects.select_related("student__user", "section").get(pk=entry.pk)
            if fresh.status != WaitlistEntry.Status.WAITING:
                raise NotWaiting()
            fresh.status = WaitlistEntry.Status.REMOVED
            fresh.save(update_fields=["status"])
            kind = WaitlistEvent.Kind.LEFT if own else WaitlistEvent.Kind.REMOVED
            line_event(fresh, kind, by=by, reason=reason)
            if not own:
                notify("line_left", to=fresh.student.user, about=fresh, facts={"reason": reason[:500]})
            return fresh

    return retry_once(deed)


def promote(section: Section, *, by: Any = None, since: datetime | None = None) -> list[Enrollment]:
    """Give free seats to those who wait, in order, and return the new enrollments.

    Passes over those who may not enroll now, with a recorded reason; they keep their place. `since` is the start of a
    run that is being continued: whoever was passed over in it is not tried again. Twice is harmless.
    """
    if by is not None and not can_manage_line(by, section):
        raise MayNotManageLine()
    started = since or timezone.now()
    given: list[Enrollment] = []
    with_line(section, [by], lambda _section, _now: None, by=by, freed=0, started=started, given=given)
    return given


def promote_entry(entry: WaitlistEntry, *, by: Any, reason: str) -> Enrollment:
    """Give a free seat to this one entry out of turn, for a reason; those before it get that reason noted.

    Raises MayNotManageLine, ReasonMissing, NotWaiting, SectionFull or the error of the first rule that fails.
    """
    if by is not None and not can_manage_line(by, entry.section):
        raise MayNotManageLine()
    if not reason.strip():
        raise ReasonMissing()

    def deed() -> Enrollment:
        with transaction.atomic():
            lock(entry.student.user, by)
            section = lock_section(entry.section)
            now = timezone.now()
            line = list(WaitlistEntry.objects.waiting().filter(section=section).in_order())
            place = next((n for n, other in enumerate(line) if other.pk == entry.pk), None)
            if place is None:
                raise NotWaiting()
            fresh = WaitlistEntry.objects.select_related("student__user").get(pk=entry.pk)
            found = seats(section, now)
            if not found.has_free:
                raise SectionFull(capacity=found.capacity, waiting=found.waiting, free=found.free)
            registration_check(fresh.student, section, now, in_line=True).raise_refusal()
            for other in line[:place]:
                _pass_over(other, "passed_by_hand", _("Passed over by staff: %(why)s") % {"why": reason}, now, by=by)
            return accept(fresh, section, by=by, now=now, reason=reason)

    return retry_once(deed)


def lock_section(section: Section) -> Section:
    """Lock the section with its cross-list group and return it fresh; the people are locked before.

    The group is read without a lock. When it has become another or none meanwhile, the lock is given back and taken
    again: seats in common are counted under the group's lock alone. Busy after three times.
    """
    for _attempt in range(ATTEMPTS):
        seen = Section.objects.select_related("cross_list_group").get(pk=section.pk)
        try:
            with transaction.atomic():
                _group, fresh = lock(seen.cross_list_group, seen)
                if fresh.cross_list_group_id != seen.cross_list_group_id:
                    raise _GroupChanged
                return fresh
        except (_GroupChanged, CrossListGroup.DoesNotExist):
            continue
    raise Busy()


def accept(entry: WaitlistEntry, section: Section, *, by: Any, now: datetime, reason: str = "") -> Enrollment:
    """Turn a place in line into a seat. The caller holds the locks and has asked the rules."""
    entry.status = WaitlistEntry.Status.ACCEPTED
    entry.save(update_fields=["status"])
    line_event(entry, WaitlistEvent.Kind.PROMOTED, by=by, reason=reason, now=now)
    return give_seat(entry.student, section, by=by, source=Enrollment.Source.WAITLIST, now=now, reason=reason)


def with_line(
    section: Section,
    people: list[Any],
    deed: Callable[[Section, datetime], T],
    *,
    by: Any,
    freed: int = 0,
    started: datetime | None = None,
    given: list[Enrollment] | None = None,
) -> T:
    """Run `deed(section, now)` under the locks and then give what is free to the line, all in one transaction.

    The head of the line is read without a lock, locked together with `people` by primary key, then the section (and
    its cross-list group with the sections in it) is locked and the line read again. When the turn has come to
    somebody who is not among the locked, everything is rolled back to a savepoint, which frees the locks, and begun
    anew; Busy after three times. `freed` is how many seats the deed will free.
    """

    def once() -> T:
        for _attempt in range(ATTEMPTS):
            try:
                with transaction.atomic():
                    return _locked(section, people, deed, by=by, freed=freed, started=started, given=given)
            except (_LineMoved, CrossListGroup.DoesNotExist):
                if given is not None:
                    given.clear()
        raise Busy()

    return retry_once(once)


def _locked(
    section: Section,
    people: list[Any],
    deed: Callable[[Section, datetime], T],
    *,
    by: Any,
    freed: int,
    started: datetime | None,
    given: list[Enrollment] | None,
) -> T:
    seen = Section.objects.select_related("cross_list_group").get(pk=section.pk)
    together = _together(seen)
    heads = {user.pk: user for part in together for user in _head(part, freed, started)}
    everybody = [*people, *heads.values()]
    fresh = lock(*everybody, seen.cross_list_group, *together)[-len(together) :]
    if fresh[0].cross_list_group_id != seen.cross_list_group_id:
        raise _LineMoved
    locked = {person.pk for person in everybody if person is not None}
    now = timezone.now()
    answer = deed(fresh[0], now)
    for part in fresh:
        new = _fill(part, locked, now, by=by, started=started or now)
        if given is not None:
            given.extend(new)
    return answer


def _together(section: Section) -> list[Section]:
    """Return the section first, then those whose seats depend on its own: the rest of its cross-list group."""
    group = section.cross_list_group
    if group is None or group.capacity is None:
        return [section]
    others = Section.objects.filter(cross_list_group=group).exclude(pk=section.pk).order_by("pk")
    return [section, *others]


def _waiting(section: Section, started: datetime | None) -> Any:
    line = WaitlistEntry.objects.waiting().filter(section=section)
    return line.exclude(last_skipped_at__gte=started) if started else line


def _head(section: Section, freed: int | None, started: datetime | None) -> list[Any]:
    found = seats(section)
    if not found.waiting:
        return []
    room = found.waiting if found.free is None or freed is None else found.free + freed
    if room <= 0:
        return []
    line = _waiting(section, started).in_order().select_related("student__user")
    return [entry.student.user for entry in line[: min(room + SPARE, FAR)]]


def _fill(section: Section, locked: set[int], now: datetime, *, by: Any, started: datetime) -> list[Enrollment]:
    """Give the free seats of a locked section to its line and return the enrollments."""
    given: list[Enrollment] = []
    found = seats(section, now)
    if not found.waiting or not found.has_free or section.status != Section.Status.OPEN:
        return given
    free = found.waiting if found.free is None else found.free
    tried = 0
    for entry in _waiting(section, started).in_order().select_related("student__user")[:FAR]:
        if free <= 0:
            return given
        if entry.student.user_id not in locked:
            if not tried:
                raise _LineMoved
            _later(section, started)
            return given
        tried += 1
        # Kept as words that many read: its times are those of the campus, not of whoever freed the seat.
        with timezone.override(settings.CAMPUS_TIME_ZONE):
            check = registration_check(entry.student, section, now, in_line=True)
            reason = "" if check.ok else str(check.failed[0].error)
        if check.ok:
            given.append(accept(entry, section, by=by, now=now))
            free -= 1
        elif check.failed[0].name == "section_full":
            return given
        else:
            _pass_over(entry, check.failed[0].name, reason, now, by=by)
    if free > 0 and tried == FAR:
        _later(section, started)
    return given


def _pass_over(entry: WaitlistEntry, code: str, reason: str, now: datetime, *, by: Any) -> None:
    """Note why this entry did not get the seat; it keeps its place. The student may read it."""
    entry.last_skip_code, entry.last_skip_reason, entry.last_skipped_at = code[:40], reason[:500], now
    entry.save(update_fields=["last_skip_code", "last_skip_reason", "last_skipped_at"])
    line_event(entry, WaitlistEvent.Kind.SKIPPED, by=by, reason=reason, now=now)


def _later(section: Section, started: datetime) -> None:
    """Leave the rest of the line to a job of the same transaction."""
    from students.tasks import promote_line  # the one arrow up: a deed leaves its job

    promote_line.defer(section_id=section.pk, since=started.isoformat())


def seat_takers(section: Section, more: int | None) -> list[Any]:
    """Return what to lock before `section` gains `more` seats (None: no limit) so that they can be given at once.

    The head of its line, its cross-list group, and the sections that share seats with it.
    """
    seen = Section.objects.select_related("cross_list_group").get(pk=section.pk)
    return [*_head(seen, more, None), seen.cross_list_group, *_together(seen)[1:]]


def seats_changed(section: Section, locked: set[int]) -> None:
    """Give the free seats of a locked section to its line; the catalogue calls this when there may be more of them.

    `locked` are the keys of the people whose locks are held. When the turn has come to others, a job does it.
    """
    now = timezone.now()
    try:
        _fill(section, locked, now, by=None, started=now)
    except _LineMoved:
        _later(section, now)
