"""Soft claims that stand beside another one, with both sides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from scheduling.models import Claim
from scheduling.queries.busy import describe


@dataclass(frozen=True)
class Side:
    title: str
    url: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Clash:
    claim_id: int
    what: str
    soft: Side
    others: list[Side]


def clashes_of(soft: list[Claim], viewer: Any) -> list[Clash]:
    """Return what is in the way of each soft claim; the same number of queries for any number of them.

    `viewer` reads "Busy" in the place of what is private.
    """
    if not soft:
        return []
    low, high = min(one.during.lower for one in soft), max(one.during.upper for one in soft)
    rooms, people = {one.room_id for one in soft} - {None}, {one.person_id for one in soft} - {None}
    near = Claim.objects.live(timezone.now()).within(low, high)
    around = [*near.filter(room__in=rooms), *near.filter(person__in=people)]
    by_owner: dict[Any, list[Claim]] = {}
    for claim in around:
        by_owner.setdefault((claim.room_id, claim.person_id), []).append(claim)
    pairs = {
        one.pk: [
            other
            for other in by_owner.get((one.room_id, one.person_id), [])
            if other.pk != one.pk and other.during.lower < one.during.upper and one.during.lower < other.during.upper
        ]
        for one in soft
    }
    names = describe([*soft, *(other for others in pairs.values() for other in others)], viewer)

    def side(claim: Claim) -> Side:
        return Side(*names[claim.pk], claim.during.lower, claim.during.upper)

    return [Clash(one.pk, str(one.room or one.person), side(one), [side(x) for x in pairs[one.pk]]) for one in soft]


def soft_claims() -> Any:
    live = Claim.objects.live(timezone.now()).filter(hard=False).exclude(source="external")
    return live.select_related("room__building", "person").order_by("during", "pk")
