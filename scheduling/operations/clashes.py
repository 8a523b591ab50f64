"""Look for what is in the way; refuse it by name, or keep it with a reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.locks import lock
from core.recurrence import Occurrence
from scheduling.errors import ClashGone, ClashReasonMissing, InstructorTaken, MayNotResolveClashes, RoomTaken
from scheduling.models import Claim, ConflictOverride, Room
from scheduling.operations.claims import ClaimRequest, release_expired
from scheduling.policies import can_resolve_clashes
from scheduling.queries.busy import describe

SHOWN = 20
# Whose time it is and when: (room, person, start, end).
Place = tuple[int | None, int | None, datetime, datetime]


@dataclass(frozen=True)
class Overlap:
    """A time that is wanted, and a claim that is in its way."""

    place: Place
    other: Claim


# What overlapped before a change, with the decision that let it stand, if there was one.
Stood = Mapping[tuple[Place, int], ConflictOverride | None]


def place_of(wish: ClaimRequest) -> Place:
    return wish.room_id, wish.person_id, wish.starts_at, wish.ends_at


def look(
    room: Room | None,
    people: Sequence[Any],
    occurrences: Sequence[Occurrence],
    zone: ZoneInfo,
    *,
    by: Any,
    reason: str = "",
    stood: Stood | None = None,
) -> list[Overlap]:
    """Look at all claims on the room and the people, soft ones too; return those that overlap and may stand.

    They may with a `reason` from somebody who resolves clashes, and when they overlapped before. Otherwise raises
    RoomTaken or InstructorTaken, which name what is in the way as `by` may read it, or MayNotResolveClashes.
    """
    if not occurrences:
        return []
    span = (min(one.starts_at for one in occurrences), max(one.ends_at for one in occurrences))
    now = timezone.now()
    release_expired([one.pk for one in people], [room.pk] if room else [], span, now)
    live = Claim.objects.live(now).within(*span).order_by("during", "pk")
    kept: list[Overlap] = []
    owners: list[tuple[Any, Any, Any]] = [(room, None, RoomTaken(room=str(room)))] if room else []
    owners += [(None, one, InstructorTaken(instructor=str(one))) for one in people]
    for place, person, refusal in owners:
        claims = live.filter(room=place) if place else live.filter(person=person)
        found = _overlaps(claims, occurrences)
        fresh = [one for one in found if (one.place, one.other.pk) not in (stood or {})]
        if fresh and not reason.strip():
            raise _named(refusal, fresh, zone, by)
        if fresh and by is not None and not can_resolve_clashes(by):
            raise MayNotResolveClashes()
        kept += found
    return kept


def _overlaps(claims: Iterable[Claim], occurrences: Sequence[Occurrence]) -> list[Overlap]:
    return [
        Overlap((claim.room_id, claim.person_id, one.starts_at, one.ends_at), claim)
        for claim in claims
        for one in occurrences
        if one.starts_at < claim.during.upper and claim.during.lower < one.ends_at
    ]


def _named(refusal: Any, found: Sequence[Overlap], zone: ZoneInfo, by: Any) -> Any:
    """Return `refusal` with the first event that is in the way, and all of them in `clashes`, with their dates."""
    names = describe([one.other for one in found], by)
    grouped: dict[tuple[str, str], list[Overlap]] = {}
    for one in found:
        grouped.setdefault(names[one.other.pk], []).append(one)
    clashes = [
        {
            "event": title,
            "url": url,
            "when": when(some[0].other.during.lower, zone),
            "starts_at": some[0].other.during.lower.isoformat(),
            "ends_at": some[0].other.during.upper.isoformat(),
            "dates": len({one.place for one in some}),
        }
        for (title, url), some in list(grouped.items())[:SHOWN]
    ]
    first = clashes[0]
    refusal.facts.update(event=first["event"], url=first["url"], when=first["when"], clashes=clashes)
    return refusal


def raise_taken(wish: ClaimRequest, by: Any) -> None:
    """Say what the database found in the way of a claim."""
    zone = ZoneInfo(settings.CAMPUS_TIME_ZONE)
    room = Room.objects.filter(pk=wish.room_id or 0).select_related("building").first()
    people = list(get_user_model().objects.filter(pk=wish.person_id or 0))
    look(room, people, [Occurrence(wish.starts_at.date(), wish.starts_at, wish.ends_at, False)], zone, by=by)
    facts: dict[str, Any] = {"event": _("another event"), "url": "", "when": when(wish.starts_at, zone), "clashes": []}
    if room:
        raise RoomTaken(room=str(room), **facts)
    raise InstructorTaken(instructor=str(people[0]), **facts)


def when(instant: datetime, zone: ZoneInfo) -> str:
    return date_format(instant.astimezone(zone), "D j M Y, H:i")


def what_stood(claims: Iterable[int | None]) -> Stood:
    """Return what overlaps these claims now, so that a change that leaves it as it is need not ask again."""
    mine = {one.pk: one for one in Claim.objects.filter(pk__in=[key for key in claims if key is not None], active=True)}
    if not mine:
        return {}
    low, high = min(one.during.lower for one in mine.values()), max(one.during.upper for one in mine.values())
    rooms, people = {one.room_id for one in mine.values()} - {None}, {one.person_id for one in mine.values()} - {None}
    near = Claim.objects.live(timezone.now()).within(low, high).exclude(pk__in=mine)
    others: dict[Any, list[Claim]] = {}
    for other in [*near.filter(room__in=rooms), *near.filter(person__in=people)]:
        others.setdefault((other.room_id, other.person_id), []).append(other)
    known = overrides_between(mine)
    found: dict[tuple[Place, int], ConflictOverride | None] = {}
    for one in mine.values():
        for other in others.get((one.room_id, one.person_id), []):
            if one.during.lower < other.during.upper and other.during.lower < one.during.upper:
                place = (one.room_id, one.person_id, one.during.lower, one.during.upper)
                found[(place, other.pk)] = known.get(frozenset((one.pk, other.pk)))
    return found


def overrides_between(claims: Iterable[int]) -> dict[frozenset[int], ConflictOverride]:
    keys = list(claims)
    rows = ConflictOverride.objects.filter(Q(claim__in=keys) | Q(other__in=keys))
    return {frozenset((row.claim_id, row.other_id)): row for row in rows}


def record(
    overlaps: Iterable[Overlap],
    placed: Mapping[Place, int],
    *,
    by: Any,
    reason: str,
    stood: Stood | None = None,
) -> None:
    """Write down who let which claims stand side by side, and why; an older decision is carried on."""
    rows = []
    for one in overlaps:
        before = (stood or {}).get((one.place, one.other.pk))
        if reason.strip() or before:
            who, why = (by, reason.strip()) if reason.strip() else (before.by, before.reason)  # type: ignore[union-attr]
            rows.append(ConflictOverride(claim_id=placed[one.place], other=one.other, by=who, reason=why))
    ConflictOverride.objects.bulk_create(rows, batch_size=5_000)


@transaction.atomic
def accept_clashes(pairs: Iterable[tuple[int, int]], *, by: Any, reason: str) -> int:
    """Accept that these pairs of claims overlap, as a clash list shows them, and return how many were accepted.

    Raises MayNotResolveClashes, ClashReasonMissing, and ClashGone when none of them overlaps unaccepted any more.
    Locks the people and the rooms.
    """
    if by is not None and not can_resolve_clashes(by):
        raise MayNotResolveClashes()
    if not reason.strip():
        raise ClashReasonMissing()
    wanted = {(soft, other) for soft, other in pairs if soft != other}
    keys = {key for pair in wanted for key in pair}
    rows = Claim.objects.filter(pk__in=keys).select_related("room", "person")
    lock(*{one.person for one in rows if one.person}, *{one.room for one in rows if one.room})
    claims = Claim.objects.live(timezone.now()).in_bulk(keys)
    known = overrides_between(keys)
    open_pairs = [
        (claims[soft], claims[other])
        for soft, other in sorted(wanted)
        if soft in claims and other in claims and frozenset((soft, other)) not in known
    ]
    found = [ConflictOverride(claim=a, other=b, by=by, reason=reason.strip()) for a, b in open_pairs if _clash(a, b)]
    if not found:
        raise ClashGone()
    ConflictOverride.objects.bulk_create(found, batch_size=5_000)
    return len(found)


def _clash(one: Claim, other: Claim) -> bool:
    together = one.during.lower < other.during.upper and other.during.lower < one.during.upper
    return together and (one.room_id, one.person_id) == (other.room_id, other.person_id)
