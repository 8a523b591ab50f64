"""What the clock has ended goes to the next in line: by a job each minute, besides the deeds that need the seat."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError
from courses.models import Section
from students.errors import MayNotDrop, NotUnpaid, ReasonMissing
from students.models import Enrollment, WaitlistEntry
from students.operations.endings import end_seat
from students.operations.line import somebody_may, with_line
from students.operations.waitlist import promote
from students.policies import can_drop
from students.queries.seats import seats_of


def pass_on(section: Section, *, by: Any = None) -> None:
    """Write down what has ended by the clock in one section and give what became free to its line.

    Twice is harmless: what is written down does not end again.
    """
    freed = WaitlistEntry.objects.lapsed(timezone.now()).filter(section=section).count()
    with_line(section, [by], lambda _section, _now: None, by=by, freed=freed)


def cancel_unpaid(enrollment: Enrollment, *, by: Any, reason: str = "") -> Enrollment:
    """End an enrollment that waits for its payment, as a payment that failed or was taken back does.

    The seat goes to the line. Raises MayNotDrop, ReasonMissing for staff, or NotUnpaid. Locks as `drop` does.
    """
    if by is not None and not can_drop(by, enrollment):
        raise MayNotDrop()
    if by is not None and by.pk != enrollment.student.user_id and not reason.strip():
        raise ReasonMissing()

    def deed(_section: Section, now: datetime) -> Enrollment:
        if not Enrollment.objects.filter(pk=enrollment.pk, status=Enrollment.Status.PENDING_PAYMENT).exists():
            raise NotUnpaid()
        return end_seat(enrollment, Enrollment.Status.CANCELLED, by=None, reason=reason or _("Not paid"), now=now)

    return with_line(enrollment.section, [enrollment.student.user, by], deed, by=None, freed=1)


def pass_on_lapsed() -> int:
    """Pass on in each section where something has ended and return in how many; each is a deed of its own.

    One that is busy is left to the next run.
    """
    done = 0
    for section in _lapsed_sections(timezone.now()):
        try:
            pass_on(section)
        except DomainError:
            continue
        done += 1
    return done


def retry_lines() -> int:
    """Give the free seats of sections to those in line whom nothing keeps any more; return in how many sections.

    Where everybody is still kept, nothing is written.
    """
    done = 0
    waited = Section.objects.filter(pk__in=WaitlistEntry.objects.waiting().order_by().values("section"))
    sections = list(waited.select_related("cross_list_group", "term", "course__subject").order_by("pk"))
    found = seats_of(sections)
    for section in sections:
        if found[section.pk].waiting and found[section.pk].has_free and somebody_may(section):
            try:
                promote(section, by=None)
            except DomainError:
                continue
            done += 1
    return done


def _lapsed_sections(now: datetime) -> list[Section]:
    offers = WaitlistEntry.objects.lapsed(now).order_by().values("section")
    closed = Q(section__waitlist_closes_at__lte=now)
    lines = WaitlistEntry.objects.waiting().filter(closed).order_by().values("section")
    unpaid = Enrollment.objects.unpaid(now).order_by().values("section")
    return list(Section.objects.filter(Q(pk__in=offers) | Q(pk__in=lines) | Q(pk__in=unpaid)).order_by("pk"))
