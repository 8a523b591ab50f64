"""How many seats and places in line there are: always counted from rows, never stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Value, Window
from django.db.models.functions import JSONObject, RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Section
from students.errors import said
from students.models import Enrollment, PreEnrollment, SeatReservation, StudentProfile, WaitlistEntry


@dataclass(frozen=True)
class Reserved:
    """Seats that are kept for some students, and how many of them are left."""

    reservation: SeatReservation
    left: int

    @property
    def words(self) -> str:
        """Return it as people say it: "4 of 20 seats are for Graduate until 1 Dec 2026, 08:00 CET"."""
        kept = self.reservation
        facts = {"left": self.left, "seats": kept.seats, "audience": kept.words}
        if kept.releases_at is None:
            return _("%(left)s of %(seats)s seats are left for %(audience)s") % facts
        facts["when"] = said(kept.releases_at)
        return _("%(left)s of %(seats)s seats are left for %(audience)s until %(when)s") % facts


@dataclass(frozen=True)
class Seats:
    """Seats of one section. `capacity` and `free` are None where there is no limit.

    Of the free seats those in `reserved` are kept for some. `offered` are held by offers that can still be accepted.
    """

    capacity: int | None
    taken: int
    free: int | None
    waiting: int
    line_capacity: int | None = None
    offered: int = 0
    reserved: tuple[Reserved, ...] = ()

    @property
    def has_free(self) -> bool:
        return self.free is None or self.free > 0

    def free_for(self, student: StudentProfile) -> int | None:
        """Return how many of the free seats this student may take: those kept for others are none of them."""
        if self.free is None:
            return None
        kept = sum(row.left for row in self.reserved if not row.reservation.fits(student))
        return max(0, self.free - kept)


TAKEN, WAITING, OFFERED, KEPT, TOGETHER = "taken", "waiting", "offered", "kept", "together"


def seats_of(sections: Iterable[Section], now: datetime | None = None) -> dict[int, Seats]:
    """Return the seats of each section by primary key, in two queries for any number of them.

    A cross-listed section has the smaller of its own free seats and the group's. Nobody waits in a line that is over.
    """
    return _seats_of(list(sections), now or timezone.now(), ask_reserved=True)


def seats(section: Section, now: datetime | None = None) -> Seats:
    """Return the seats of one section, in one query where none of them is reserved."""
    return _seats_of([section], now or timezone.now(), ask_reserved=False)[section.pk]


def _seats_of(found: list[Section], now: datetime, *, ask_reserved: bool) -> dict[int, Seats]:
    """Return the seats by primary key; without `ask_reserved` that is asked where the count says there are any."""
    keys = [section.pk for section in found]
    groups = {s.cross_list_group_id: s.cross_list_group for s in found if s.cross_list_group_id}
    limits = {pk: group.capacity for pk, group in groups.items() if group and group.capacity is not None}
    counted = _counts(keys, list(limits), now)
    kept = _reserved(keys, now) if ask_reserved or any((KEPT, key) in counted for key in keys) else {}
    return {s.pk: _seats(s, counted, limits, tuple(kept.get(s.pk, ())), now) for s in found}


def _counts(keys: list[int], groups: list[int], now: datetime) -> dict[tuple[str, int], int]:
    """Return how many rows of each word each section or group has; one query for all of them."""
    holding, line = Enrollment.objects.holding(now), WaitlistEntry.objects.all()
    asked = [
        _count(TAKEN, holding, "section_id", keys),
        _count(WAITING, line.waiting(), "section_id", keys),
        _count(OFFERED, line.offered(now), "section_id", keys),
        _count(TAKEN, PreEnrollment.objects.holding(now), "section_id", keys),
        _count(KEPT, SeatReservation.objects.all(), "section_id", keys),
    ]
    if groups:
        asked += [
            _count(TOGETHER, holding, "section__cross_list_group_id", groups),
            _count(TOGETHER, line.offered(now), "section__cross_list_group_id", groups),
            _count(TOGETHER, PreEnrollment.objects.holding(now), "section__cross_list_group_id", groups),
        ]
    counted: dict[tuple[str, int], int] = {}
    for word, key, number in asked[0].union(*asked[1:], all=True):
        counted[(word, key)] = counted.get((word, key), 0) + number
    return counted


def _count(word: str, rows: Any, field: str, keys: list[int]) -> Any:
    named = rows.filter(**{f"{field}__in": keys}).order_by().annotate(word=Value(word))
    return named.values_list("word", field).annotate(number=Count("pk"))


def _reserved(keys: list[int], now: datetime) -> dict[int, list[Reserved]]:
    """Return the reserved seats of these sections: whoever they are for takes them before general ones."""
    kept = SeatReservation.objects.filter(section__in=keys).exclude(releases_at__lte=now).select_related("program")
    kept = kept.annotate(
        seated=_holders(Enrollment.objects.holding(now)), asked=_holders(WaitlistEntry.objects.offered(now))
    )
    of_section: dict[int, list[SeatReservation]] = {}
    for row in kept.order_by("priority", "pk"):
        of_section.setdefault(row.section_id, []).append(row)
    return {key: _left(rows) for key, rows in of_section.items()}


def _holders(rows: Any) -> ArraySubquery:
    """Return what reservations ask about those who hold a seat, or an offer, in the outer section."""
    facts = {name: f"student__{name}" for name in ("level", "standing", "program_id")}
    in_section = rows.filter(section=OuterRef("section")).order_by("pk")
    return ArraySubquery(in_section.values(facts=JSONObject(**facts)))


def _left(rows: list[Any]) -> list[Reserved]:
    """Return the reservations of one section with what the holders of its seats leave of them."""
    left = {row.pk: row.seats for row in rows}
    for facts in [*rows[0].seated, *rows[0].asked]:
        holder = StudentProfile(**facts)
        taken = next((row for row in rows if left[row.pk] and row.fits(holder)), None)
        if taken is not None:
            left[taken.pk] -= 1
    return [Reserved(row, left[row.pk]) for row in rows]


def _seats(
    section: Section,
    counted: dict[tuple[str, int], int],
    limits: dict[int, int],
    reserved: tuple[Reserved, ...],
    now: datetime,
) -> Seats:
    mine, offered = counted.get((TAKEN, section.pk), 0), counted.get((OFFERED, section.pk), 0)
    capacity, group = section.capacity, section.cross_list_group_id
    free = None if capacity is None else max(0, capacity - mine - offered)
    if group in limits:
        together = counted.get((TOGETHER, group), 0)
        shared = max(0, limits[group] - together)
        if free is None or shared < free:
            free, capacity, mine = shared, limits[group], together
    waiting = 0 if section.line_is_over(now) else counted.get((WAITING, section.pk), 0)
    return Seats(capacity, mine, free, waiting, section.waitlist_capacity, offered, reserved)


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
