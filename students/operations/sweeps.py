"""What the clock has ended goes to the next in line: by a job each minute, besides the deeds that need the seat."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from core.errors import DomainError
from courses.models import Section
from students.models import Enrollment, WaitlistEntry
from students.operations.line import with_line


def pass_on(section: Section, *, by: Any = None) -> None:
    """Write down what has ended by the clock in one section and give what became free to its line.

    Twice is harmless: what is written down does not end again.
    """
    freed = WaitlistEntry.objects.lapsed(timezone.now()).filter(section=section).count()
    with_line(section, [by], lambda _section, _now: None, by=by, freed=freed)


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


def _lapsed_sections(now: datetime) -> list[Section]:
    offers = WaitlistEntry.objects.lapsed(now).order_by().values("section")
    closed = Q(section__waitlist_closes_at__lte=now)
    lines = WaitlistEntry.objects.waiting().filter(closed).order_by().values("section")
    unpaid = Enrollment.objects.unpaid(now).order_by().values("section")
    return list(Section.objects.filter(Q(pk__in=offers) | Q(pk__in=lines) | Q(pk__in=unpaid)).order_by("pk"))
