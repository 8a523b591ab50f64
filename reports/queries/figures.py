"""How full a term is (Q01): seats, enrolled, waiting and fill of each section, and the sums."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, FloatField, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from courses.models import Section, Term
from reports.policies import can_see_all_figures, instructed
from students.models import Enrollment, WaitlistEntry

IN_ORDER = ("course__sort_key", "section_number", "pk")
ORDERS = {
    "section": IN_ORDER,
    "fullest": (F("fill").desc(nulls_last=True), *IN_ORDER),
    "emptiest": (F("fill").asc(nulls_last=True), *IN_ORDER),
    "waiting": (F("waiting").desc(), *IN_ORDER),
}


@dataclass(frozen=True)
class Totals:
    """Sums over sections. `fill` is in percent of the seats where there is a limit, None where there is none."""

    sections: int = 0
    seats: int = 0
    enrolled: int = 0
    waiting: int = 0
    enrolled_in_limited: int = 0

    @property
    def fill(self) -> float | None:
        return round(100 * self.enrolled_in_limited / self.seats, 1) if self.seats else None


def _counted(rows: Any) -> Coalesce:
    of_section = rows.filter(section=OuterRef("pk")).order_by().values("section")
    return Coalesce(Subquery(of_section.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


def with_figures(sections: QuerySet[Section], now: datetime | None = None) -> QuerySet[Section]:
    """Add `enrolled`, `waiting` and `fill` (percent, null without a limit or without seats) to each section."""
    counted = sections.annotate(
        enrolled=_counted(Enrollment.objects.holding(now or timezone.now())),
        waiting=_counted(WaitlistEntry.objects.waiting()),
    )
    share = F("enrolled") * 100.0 / F("capacity")
    return counted.annotate(fill=Case(When(capacity__gt=0, then=share), default=None, output_field=FloatField()))


def reported_sections(user: Any, term: Term) -> QuerySet[Section]:
    """Return the sections of a term whose figures `user` reads, but for cancelled ones."""
    found = Section.objects.visible_to(user).filter(term=term).exclude(status=Section.Status.CANCELLED)
    return found if can_see_all_figures(user) else found.filter(pk__in=instructed(user).values("section"))


def totals(sections: QuerySet[Section]) -> Totals:
    """Return the sums over sections that have their figures. One query."""
    limited = Q(capacity__isnull=False)
    summed = sections.order_by().aggregate(
        sum_sections=Count("pk"),
        sum_seats=Sum("capacity"),
        sum_enrolled=Sum("enrolled"),
        sum_waiting=Sum("waiting"),
        sum_enrolled_in_limited=Sum("enrolled", filter=limited),
    )
    return Totals(**{name.removeprefix("sum_"): value or 0 for name, value in summed.items()})
