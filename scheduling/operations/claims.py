"""Write claims on the time of rooms and people. No other module does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from scheduling.models import Claim


@dataclass(frozen=True)
class ClaimRequest:
    """A wish to take a room or a person during [starts_at, ends_at)."""

    starts_at: datetime
    ends_at: datetime
    source: str
    room_id: int | None = None
    person_id: int | None = None
    hard: bool = True
    expires_at: datetime | None = None


INSERT = """
    INSERT INTO scheduling_claim (id, room_id, person_id, during, source, hard, active, expires_at)
    SELECT id, room_id, person_id, tstzrange(starts_at, ends_at, '[)'), source, hard, true, expires_at
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::varchar[],
                %s::boolean[], %s::timestamptz[])
         AS wish (id, room_id, person_id, starts_at, ends_at, source, hard, expires_at)
    ORDER BY id
    ON CONFLICT DO NOTHING
    RETURNING id
"""


def place(requests: Sequence[ClaimRequest]) -> list[int | None]:
    """Insert claims and return their ids in the order of `requests`; None for each that a constraint refused.

    Lock the people and rooms first. Refused claims raise nothing and leave the transaction whole; a plain insert would
    deadlock under contention.
    """
    if not requests:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('scheduling_claim', 'id')) FROM generate_series(1, %s)",
            [len(requests)],
        )
        ids = [row[0] for row in cursor.fetchall()]
        columns = [
            ids,
            [request.room_id for request in requests],
            [request.person_id for request in requests],
            [request.starts_at for request in requests],
            [request.ends_at for request in requests],
            [request.source for request in requests],
            [request.hard for request in requests],
            [request.expires_at for request in requests],
        ]
        cursor.execute(INSERT, columns)
        placed = {row[0] for row in cursor.fetchall()}
    return [key if key in placed else None for key in ids]


def release(claim_ids: Iterable[int | None]) -> None:
    """End claims: the time is free from this transaction on. Twice is harmless."""
    Claim.objects.filter(pk__in=[key for key in claim_ids if key is not None], active=True).update(active=False)


def keep(claim_ids: Iterable[int | None]) -> None:
    """Let holds that have not run out last for good."""
    held = Claim.objects.live(timezone.now()).filter(pk__in=[key for key in claim_ids if key is not None])
    held.update(expires_at=None)


SETTLE = """
    UPDATE scheduling_claim AS soft SET hard = true
    WHERE NOT soft.hard AND soft.active AND soft.source IN ('meeting', 'exam')
      AND EXISTS (
        SELECT 1 FROM scheduling_claim gone
        WHERE gone.id = ANY(%s) AND gone.during && soft.during
          AND (gone.room_id = soft.room_id OR gone.person_id = soft.person_id)
      )
      AND NOT EXISTS (
        SELECT 1 FROM scheduling_claim other
        WHERE other.active AND other.id <> soft.id AND other.during && soft.during
          AND (other.room_id = soft.room_id OR other.person_id = soft.person_id)
      )
"""


def settle(released: Iterable[int | None]) -> None:
    """Make hard what was soft only because of claims that ended; nothing else may stand in its way."""
    keys = [key for key in released if key is not None]
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(SETTLE, [keys])


def release_expired(
    people: Iterable[int], rooms: Iterable[int], during: tuple[datetime, datetime], now: datetime
) -> None:
    """End the holds in the way that have run out, so that no job needs to come first."""
    mine = Q(person__in=list(people)) | Q(room__in=list(rooms))
    Claim.objects.filter(mine, active=True, expires_at__lte=now).within(*during).update(active=False)


def move(claim_id: int | None, wish: ClaimRequest) -> int | None:
    """Put `wish` in the place of a claim and return its id; None, and the old claim stays, when it is refused."""
    release([claim_id])
    [placed] = place([wish])
    if placed is None and claim_id is not None:
        Claim.objects.filter(pk=claim_id).update(active=True)
    return placed
