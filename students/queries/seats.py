"""How many seats and places in line there are: always counted from rows, never stored."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from courses.models import Section
from students.models import Enrollment, WaitlistEntry


@dataclass(frozen=True)
class Seats:
    """Seats of one section. `capacity` and `free` are None where there is no limit."""

    capacity: int | None
    taken: int
    free: int | None
    waiting: int
    line_capacity: int | None = None

    @property
    def has_free(self) -> bool:
        return self.free is None or self.free > 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def seats_of(sections: Iterable[Section], now: datetime | None = None) -> dict[int, Seats]:
    """Return the seats of each section by primary key, in two queries, four when some are cross-listed.

    A cross-listed section has the smaller of its own free seats and the group's.
    """
    found = list(sections)
    now = now or timezone.now()
    groups = {s.cross_list_group_id: s.cross_list_group for s in found if s.cross_list_group_id}
    limits = {pk: group.capacity for pk, group in groups.items() if group and group.capacity is not None}
    holding = Enrollment.objects.holding(now)
    taken = _count(holding, "section_id", [s.pk for s in found])
    waiting = _count(WaitlistEntry.objects.waiting(), "section_id", [s.pk for s in found])
    together = _count(holding, "section__cross_list_group_id", list(limits)) if limits else {}
    return {s.pk: _seats(s, taken, waiting, limits, together) for s in found}


def seats(section: Section, now: datetime | None = None) -> Seats:
    return seats_of([section], now)[section.pk]


def _count(rows: Any, field: str, keys: list[int]) -> dict[int, int]:
    counted = rows.filter(**{f"{field}__in": keys}).order_by().values_list(field).annotate(n=Count("pk"))
    return dict(counted)


def _seats(
    section: Section, taken: dict[int, int], waiting: dict[int, int], limits: dict[int, int], together: dict[int, int]
) -> Seats:
    mine, group = taken.get(section.pk, 0), section.cross_list_group_id
    capacity = section.capacity
    free = None if capacity is None else max(0, capacity - mine)
    if group in limits:
        shared = max(0, limits[group] - together.get(group, 0))
        if free is None or shared < free:
            free, capacity, mine = shared, limits[group], together.get(group, 0)
    return Seats(capacity, mine, free, waiting.get(section.pk, 0), section.waitlist_capacity)


def positions(entries: Iterable[WaitlistEntry]) -> dict[int, tuple[int, int]]:
    """Return the place and the length of the line of each waiting entry by primary key: (3, 12)."""
    sections = {entry.section_id for entry in entries if entry.status == WaitlistEntry.Status.WAITING}
    if not sections:
        return {}
    order = [F("displaced").desc(), F("priority_class").asc(), F("choice").asc(), F("seq").asc()]
    ranked = (
        WaitlistEntry.objects.waiting()
        .filter(section_id__in=sections)
        .annotate(rank=Window(RowNumber(), partition_by=F("section_id"), order_by=order))
        .annotate(line=Window(Count("pk"), partition_by=F("section_id")))
        .values_list("pk", "rank", "line")
    )
    return {pk: (rank, line) for pk, rank, line in ranked}


def position(entry: WaitlistEntry) -> tuple[int, int] | None:
    """Return (3, 12) for the third of twelve, None for an entry that does not wait."""
    return positions([entry]).get(entry.pk)
