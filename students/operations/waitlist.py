"""Places in line: join, leave, and what staff do with the line."""

from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Section
from notifications.operations import notify
from students.errors import MayNotEnroll, MayNotManageLine, NotWaiting, ReasonMissing, SectionFull
from students.models import BY_HAND, Enrollment, StudentProfile, WaitlistEntry, WaitlistEvent
from students.operations.endings import as_if_given_up, may_give_up
from students.operations.history import line_event
from students.operations.lapses import settle
from students.operations.line import Run, later, pass_over, seat_entry, with_line
from students.operations.swaps import ask_again, may_swap, still_live
from students.policies import can_enroll, can_leave_line, can_manage_line, can_promote
from students.queries.registration import registration_check
from students.queries.seats import seats
from students.querysets import IN_LINE

Status = WaitlistEntry.Status


def join_waitlist(
    student: StudentProfile, section: Section, *, by: Any, swap: Enrollment | None = None
) -> WaitlistEntry:
    """Put `student` at the end of the line and return the entry.

    With `swap`, the seat there is given up in the transaction that gives the one waited for, and only then; until then
    both stay as they are. Raises MayNotEnroll, the error of the first rule that fails, or those of `swap`. Locks the
    people, then the section. Whoever may take a free seat gets it, or an offer of it, in the same transaction.
    """
    if by is not None and not can_enroll(by, student, section):
        raise MayNotEnroll()
    if swap is not None:
        may_swap(swap, student, section, by=by)

    def deed(section: Section, now: datetime) -> WaitlistEntry:
        left = still_live(swap) if swap else None
        if left is not None and (refusal := may_give_up(left, now)):
            raise refusal
        as_if_given_up(left, lambda: registration_check(student, section, now, for_seat=False)).raise_refusal()
        return stand_in_line(student, section, by=by, now=now, swap=left)

    also = [swap.section] if swap else []
    entry = with_line(section, [student.user, by], deed, by=None, also=also)
    entry.refresh_from_db()
    return entry


def stand_in_line(
    student: StudentProfile, section: Section, *, by: Any, now: datetime, swap: Enrollment | None = None
) -> WaitlistEntry:
    """Write the entry with the next number. The caller holds the section's lock and has asked the rules.

    Counted from the rows rather than kept on the section: whoever saves a section read earlier cannot turn it back.
    """
    if settle(section, now):
        later(section, now)
    last = WaitlistEntry.objects.filter(section=section).aggregate(last=Max("seq"))["last"] or 0
    entry = WaitlistEntry.objects.create(
        student=student, section=section, seq=last + 1, joined_at=now, swap_enrollment=swap
    )
    line_event(entry, WaitlistEvent.Kind.JOINED, by=by, now=now)
    notify("waitlisted", to=student.user, about=entry)
    return entry


def leave_waitlist(entry: WaitlistEntry, *, by: Any, reason: str = "") -> WaitlistEntry:
    """Take the entry out of the line and return it; NotWaiting when it is over already. Its place is not kept.

    A seat that was offered goes to the next in line. Staff give a reason, which the student is told.
    """
    if by is not None and not can_leave_line(by, entry):
        raise MayNotManageLine()
    own = by is None or by.pk == entry.student.user_id
    if not own and not reason.strip():
        raise ReasonMissing()

    def deed(section: Section, now: datetime) -> WaitlistEntry:
        fresh = WaitlistEntry.objects.select_related("student__user", "section").get(pk=entry.pk)
        if fresh.status not in IN_LINE:
            raise NotWaiting()
        fresh.status = Status.REMOVED
        fresh.save(update_fields=["status"])
        kind = WaitlistEvent.Kind.LEFT if own else WaitlistEvent.Kind.REMOVED
        line_event(fresh, kind, by=by, reason=reason, now=now)
        if not own:
            notify("line_left", to=fresh.student.user, about=fresh, facts={"reason": reason[:500]})
        return fresh

    freed = 1 if entry.status == Status.OFFERED else 0
    return with_line(entry.section, [entry.student.user, by], deed, by=None, freed=freed)


def promote(section: Section, *, by: Any = None, since: datetime | None = None) -> list[Enrollment]:
    """Give free seats to those who wait, in order, and return the new enrollments; offers are made, not returned.

    Passes over those who may not enroll now, with a recorded reason; they keep their place. `since` is the start of a
    run that is being continued: whoever was passed over in it is not tried again. Twice is harmless.
    """
    if by is not None and not can_manage_line(by, section):
        raise MayNotManageLine()
    given: list[Enrollment] = []
    with_line(section, [by], lambda _section, _now: None, by=by, since=since or timezone.now(), given=given)
    return given


def promote_entry(entry: WaitlistEntry, *, by: Any, reason: str) -> Enrollment:
    """Give a free seat to this one entry out of turn, for a reason; those before it get that reason noted.

    An offered seat is given to whom it is offered. Raises MayNotManageLine, ReasonMissing, NotWaiting, SectionFull or
    the error of the first rule that fails.
    """
    if by is not None and not can_promote(by, entry):
        raise MayNotManageLine()
    if not reason.strip():
        raise ReasonMissing()

    def deed(section: Section, now: datetime) -> Enrollment:
        line = list(WaitlistEntry.objects.waiting().filter(section=section).in_order())
        fresh = WaitlistEntry.objects.select_related("student__user").get(pk=entry.pk)
        if fresh.status not in IN_LINE:
            raise NotWaiting()
        found = seats(section, now)
        if fresh.status == Status.WAITING and not found.has_free:
            raise SectionFull(capacity=found.capacity, waiting=found.waiting, free=found.free)
        ask_again(fresh, section, now, by=by)
        if fresh.status == Status.WAITING:
            words = _("Passed over by staff: %(why)s") % {"why": reason}
            for other in line[: line.index(fresh)]:
                pass_over(other, BY_HAND, words, Run(now, set()), by=by)
        return seat_entry(fresh, section, by=by, now=now, reason=reason, run_at=now)

    also = [entry.swap_enrollment.section] if entry.swap_enrollment else []
    return with_line(entry.section, [entry.student.user, by], deed, by=by, also=also)
