"""A student's answer to an offer of a seat."""

from datetime import datetime
from typing import Any

from core.errors import DomainError
from courses.models import Section
from notifications.operations import notify
from students.errors import MayNotEnroll, MayNotManageLine, NotOffered, OfferEnded, ReasonMissing, said
from students.models import Enrollment, WaitlistEntry, WaitlistEvent
from students.operations.line import seat_entry, with_line
from students.operations.offers import end_offer
from students.operations.swaps import ask_again
from students.policies import can_enroll, can_leave_line

Status = WaitlistEntry.Status


def accept_offer(entry: WaitlistEntry, *, by: Any, reason: str = "") -> Enrollment:
    """Take the offered seat and return the Enrollment; twice returns the same one.

    Every rule is asked again; while one fails the offer stands, so that the student can clear it in time. Raises
    MayNotEnroll, NotOffered, OfferEnded or the error of the first rule that fails. A class that was named for it is
    given up in the same transaction. Locks the student and the actor, then the section and the one that is given up.
    """
    if by is not None and not can_enroll(by, entry.student, entry.section):
        raise MayNotEnroll()

    def deed(section: Section, now: datetime) -> Enrollment | DomainError:
        fresh = _fresh(entry)
        if fresh.status == Status.ACCEPTED and (seat := _seat_of(fresh)):
            return seat
        if refusal := _unanswerable(fresh):
            return refusal
        ask_again(fresh, section, now, by=by)
        return seat_entry(fresh, section, by=by, now=now, reason=reason, kind=WaitlistEvent.Kind.ACCEPTED)

    also = [entry.swap_enrollment.section] if entry.swap_enrollment else []
    answer = with_line(entry.section, [entry.student.user, by], deed, by=None, also=also)
    # Raised when all is written: what has ended meanwhile has gone to the next in line.
    if isinstance(answer, DomainError):
        raise answer
    return answer


def decline_offer(entry: WaitlistEntry, *, by: Any, reason: str = "") -> WaitlistEntry:
    """Let the offered seat go to the next in line and return the entry; the place in line is lost with it.

    Raises MayNotManageLine, ReasonMissing for staff, or NotOffered. An offer that was declined or has ended is left as
    it is, so twice is harmless.
    """
    if by is not None and not can_leave_line(by, entry):
        raise MayNotManageLine()
    own = by is None or by.pk == entry.student.user_id
    if not own and not reason.strip():
        raise ReasonMissing()

    def deed(section: Section, now: datetime) -> WaitlistEntry:
        fresh = _fresh(entry)
        if fresh.status in (Status.DECLINED, Status.EXPIRED):
            return fresh
        if fresh.status != Status.OFFERED:
            raise NotOffered()
        end_offer(fresh, Status.DECLINED, by=by, now=now, reason=reason)
        if not own:
            notify("line_left", to=fresh.student.user, about=fresh, facts={"reason": reason[:500]})
        return fresh

    return with_line(entry.section, [entry.student.user, by], deed, by=None, freed=1)


def _fresh(entry: WaitlistEntry) -> WaitlistEntry:
    return WaitlistEntry.objects.select_related("student__user", "section").get(pk=entry.pk)


def _seat_of(entry: WaitlistEntry) -> Enrollment | None:
    return Enrollment.objects.live().filter(student=entry.student_id, section=entry.section_id).first()


def _unanswerable(entry: WaitlistEntry) -> DomainError | None:
    if entry.status == Status.EXPIRED and entry.offer_expires_at:
        return OfferEnded(when=said(entry.offer_expires_at))
    return None if entry.status == Status.OFFERED else NotOffered()
