"""What happened to a section's line, for everybody to read: numbers, no names, and an order that can be checked."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Section
from students.models import BY_HAND, WaitlistEntry, WaitlistEvent

Kind = WaitlistEvent.Kind
GIVEN = {Kind.OFFERED, Kind.PROMOTED}
# What kept somebody from a seat, as far as it is everybody's business; whatever is not named here is "a rule".
WHY = {
    "time_conflict": gettext_lazy("time conflict"),
    "prerequisites_missing": gettext_lazy("requirements"),
    "not_with": gettext_lazy("requirements"),
    BY_HAND: gettext_lazy("passed over by staff"),
}
ENOUGH = 10


@dataclass(frozen=True)
class Step:
    """One line of the ledger. `number` is the place's own number, given when it was taken and never again."""

    position: int
    at: datetime
    number: int
    kind: str
    why: str
    digest: str
    is_in_order: bool
    event: WaitlistEvent

    @property
    def words(self) -> str:
        return str(Kind(self.kind).label)


def ledger(section: Section) -> list[Step]:
    """Return all that happened to the line, oldest first, by one query.

    `digest` is the SHA-256 of the digest before and of this step, so whoever kept one sees whether anything before it
    was changed, left out or put in. `is_in_order` is False for a seat that went to somebody while others were before
    them who had not been passed over in the same run along the line.
    """
    found = WaitlistEvent.objects.filter(entry__section=section).order_by("pk")
    events = list(found.select_related("entry__student__user", "actor"))
    steps, digest, queue = [], "", Queue()
    for position, event in enumerate(events, start=1):
        why = why_of(event)
        digest = digest_of(digest, position, event)
        steps.append(Step(position, event.at, event.entry.seq, event.kind, why, digest, queue.follows(event), event))
    return steps


def digest_of(before: str, position: int, event: WaitlistEvent) -> str:
    """Return the digest of a step: of the one before, its position, instant, place, kind and, where public, code."""
    code = event.code if event.code in WHY else ""
    parts = [before, str(position), event.at.isoformat(), str(event.entry.seq), event.kind, code]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def why_of(event: WaitlistEvent) -> str:
    """Return the kind of reason, which names neither people nor classes."""
    if event.kind == Kind.SKIPPED:
        return str(WHY.get(event.code, _("a rule of registration")))
    if event.kind == Kind.PROMOTED and event.reason:
        return _("by staff")
    return ""


class Queue:
    """The line as its events tell it, step by step."""

    def __init__(self) -> None:
        self.waiting: dict[int, WaitlistEntry] = {}
        self.passed: dict[int, datetime | None] = {}

    def follows(self, event: WaitlistEvent) -> bool:
        """Take the step and return whether it kept the order of the line."""
        entry, kept = event.entry, True
        if event.kind == Kind.JOINED:
            self.waiting[entry.pk] = entry
        elif event.kind == Kind.SKIPPED:
            self.passed[entry.pk] = event.run_at
        else:
            if event.kind in GIVEN and event.run_at is not None:
                kept = all(self.passed.get(pk) == event.run_at for pk in self._before(entry))
            self.waiting.pop(entry.pk, None)
        return kept

    def _before(self, entry: WaitlistEntry) -> Iterable[int]:
        return (pk for pk, other in self.waiting.items() if rank(other) < rank(entry))


def rank(entry: WaitlistEntry) -> tuple[bool, int, int, int]:
    """Return what the line is sorted by, as `in_order` does."""
    return (not entry.displaced, entry.priority_class, entry.choice, entry.seq)


@dataclass(frozen=True)
class Earlier:
    """How many of those who waited for a course in earlier terms got in."""

    waited: int
    got_in: int

    @property
    def percent(self) -> int:
        return round(100 * self.got_in / self.waited)


def earlier_lines(section: Section) -> Earlier | None:
    """Return what came of the lines of this course in terms before this one, None with too few to say anything."""
    past = WaitlistEntry.objects.filter(
        section__course=section.course_id, section__term__end_date__lt=section.term.start_date
    ).exclude(section__status=Section.Status.CANCELLED)
    counted: dict[str, Any] = past.aggregate(waited=Count("pk"), got_in=Count("pk", filter=Q(status="accepted")))
    return Earlier(**counted) if counted["waited"] >= ENOUGH else None
