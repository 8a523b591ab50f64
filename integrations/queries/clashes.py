"""The true clashes of a term as a weekly list: claims that stand softly beside another, with both sides named."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.models import User
from core.weekdays import days_of
from courses.models import Term
from integrations.queries.figures import WEEKDAYS
from scheduling.models import MeetingPattern, Room

# Of each soft claim of the term's meetings: who or where, the own pattern, the other's, and when both are there.
PAIRS = """
    WITH soft AS (
        SELECT claim.*, COALESCE(held.pattern_id, taught.pattern_id) AS pattern_id
        FROM scheduling_claim claim
        LEFT JOIN scheduling_meeting held ON held.room_claim_id = claim.id
        LEFT JOIN scheduling_meetinginstructor teaching ON teaching.claim_id = claim.id
        LEFT JOIN scheduling_meeting taught ON taught.id = teaching.meeting_id
        WHERE claim.active AND NOT claim.hard
    )
    SELECT soft.room_id, soft.person_id, soft.pattern_id,
           COALESCE(held.pattern_id, taught.pattern_id), other.source, lower(soft.during * other.during)
    FROM soft
    JOIN scheduling_meetingpattern pattern ON pattern.id = soft.pattern_id AND pattern.term_id = %s
    JOIN scheduling_claim other ON other.active AND other.id <> soft.id AND other.during && soft.during
         AND (other.room_id = soft.room_id OR other.person_id = soft.person_id)
    LEFT JOIN scheduling_meeting held ON held.room_claim_id = other.id
    LEFT JOIN scheduling_meetinginstructor teaching ON teaching.claim_id = other.id
    LEFT JOIN scheduling_meeting taught ON taught.id = teaching.meeting_id
    ORDER BY 6, 3, 4
"""


@dataclass
class _Pair:
    room: int | None
    person: int | None
    patterns: tuple[int | None, ...]
    source: str
    starts: list[datetime] = field(default_factory=list)


def clashes_of_term(term: Term) -> list[dict[str, Any]]:
    """Return one entry for each two patterns that want one room or person at once; five queries.

    `dates` are the days on which they do. What is no class of any term is named by its kind alone.
    """
    pairs = _pairs(term)
    keys = {key for pair in pairs for key in pair.patterns if key is not None}
    patterns = MeetingPattern.objects.filter(pk__in=keys).select_related("room__building")
    by_key = {pattern.pk: pattern for pattern in patterns.prefetch_related("sections__course__subject")}
    rooms = _named(Room.objects.select_related("building"), {pair.room for pair in pairs})
    people = _named(User.objects, {pair.person for pair in pairs})
    return [_clash(pair, by_key, rooms, people) for pair in pairs]


def _pairs(term: Term) -> list[_Pair]:
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, [term.pk])
        rows = cursor.fetchall()
    found: dict[Any, _Pair] = {}
    for room, person, own, other, source, starts_at in rows:
        sides = tuple(sorted((own, other), key=lambda key: (key is None, key or 0)))
        pair = found.setdefault(
            (room, person, sides, source if other is None else ""), _Pair(room, person, sides, source)
        )
        if starts_at not in pair.starts:
            pair.starts.append(starts_at)
    return list(found.values())


def _named(rows: Any, keys: Iterable[int | None]) -> dict[int, str]:
    found = rows.filter(pk__in=[key for key in keys if key])
    return {row.pk: row.sort_name if isinstance(row, User) else str(row) for row in found}


def _clash(
    pair: _Pair, patterns: dict[int, MeetingPattern], rooms: dict[int, str], people: dict[int, str]
) -> dict[str, Any]:
    own = next(patterns[key] for key in pair.patterns if key is not None)
    zone = ZoneInfo(own.zone)
    return {
        "kind": "room" if pair.room else "instructor",
        "who": rooms[pair.room] if pair.room else people[pair.person or 0],
        "dates": [starts_at.astimezone(zone).date().isoformat() for starts_at in pair.starts],
        "sides": [_side(patterns[key]) if key is not None else {"event": pair.source} for key in pair.patterns],
    }


def _side(pattern: MeetingPattern) -> dict[str, Any]:
    days = [WEEKDAYS[day] for day in days_of(pattern.days)]
    return {
        "sections": [{"crn": one.crn, "course": one.course.code} for one in pattern.sections.all()],
        "type": pattern.schedule_type,
        "days": days,
        "from": f"{pattern.start_time:%H:%M}" if pattern.start_time else "",
        "to": f"{pattern.end_time:%H:%M}" if pattern.end_time else "",
        "room": str(pattern.room) if pattern.room else "",
    }
