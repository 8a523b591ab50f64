"""What overlaps although it should not: soft claims with both sides, the dates of two patterns as one line."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Prefetch
from django.utils import timezone

from core.weekdays import times_text
from courses.models import Section, Term
from scheduling.models import Claim, ConflictOverride, MeetingPattern, Room
from scheduling.queries.busy import describe, section_url, sections_title

# Of two soft claims the later one is named first, so that a pair stands there once. Other calendars are no clash.
PAIRS = """
    SELECT soft.id AS soft, other.id AS other, soft.room_id, soft.person_id, soft.during, other.during AS beside,
           other.source AS source, sm.pattern_id AS pattern, om.pattern_id AS other_pattern
    FROM scheduling_claim soft
    JOIN scheduling_claim other ON other.{owner} = soft.{owner} AND other.during && soft.during
         AND other.id <> soft.id AND other.active AND (other.hard OR other.id < soft.id)
         AND other.source <> 'external' AND (other.expires_at IS NULL OR other.expires_at > %(now)s)
    {meetings}
    WHERE soft.active AND NOT soft.hard AND soft.source <> 'external'
          AND (soft.expires_at IS NULL OR soft.expires_at > %(now)s) {only}
"""
OF_ROOMS = """
    LEFT JOIN scheduling_meeting sm ON sm.room_claim_id = soft.id
    LEFT JOIN scheduling_meeting om ON om.room_claim_id = other.id
"""
OF_PEOPLE = """
    LEFT JOIN scheduling_meetinginstructor si ON si.claim_id = soft.id
    LEFT JOIN scheduling_meeting sm ON sm.id = si.meeting_id
    LEFT JOIN scheduling_meetinginstructor oi ON oi.claim_id = other.id
    LEFT JOIN scheduling_meeting om ON om.id = oi.meeting_id
"""
ACCEPTED = """EXISTS (
    SELECT 1 FROM scheduling_conflictoverride o
    WHERE (o.claim_id = {one} AND o.other_id = {other}) OR (o.claim_id = {other} AND o.other_id = {one})
)"""
# From the claims that are asked about: a week has few, the ledger many.
BESIDE = f"""
    SELECT mine.id, NOT mine.hard, {ACCEPTED.format(one="mine.id", other="other.id")}
    FROM scheduling_claim mine
    JOIN scheduling_claim other ON other.{{owner}} = mine.{{owner}} AND other.during && mine.during
         AND other.id <> mine.id AND other.active AND NOT (other.hard AND mine.hard)
         AND other.source <> 'external' AND (other.expires_at IS NULL OR other.expires_at > %(now)s)
    WHERE mine.id = ANY(%(claims)s) AND mine.active AND mine.source <> 'external'
"""  # noqa: S608  nothing in it comes from outside
JUDGED = """
    WITH pair AS ({pairs}), judged AS (SELECT pair.*, {accepted} AS accepted FROM pair)
"""
LINES = """
    SELECT judged.room_id, person_id, pattern, other_pattern, CASE WHEN other_pattern IS NULL THEN source ELSE '' END,
           array_agg(soft ORDER BY lower(during)), array_agg(other ORDER BY lower(during)),
           array_agg(lower(during) ORDER BY lower(during)), array_agg(upper(during) ORDER BY lower(during)),
           array_agg(lower(beside) ORDER BY lower(during)), array_agg(upper(beside) ORDER BY lower(during))
    FROM judged LEFT JOIN scheduling_meetingpattern p ON p.id = judged.pattern
    WHERE accepted = %(accepted)s AND (%(term)s::bigint IS NULL OR p.term_id = %(term)s)
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY min(lower(during)), 1, 2, 3, 4
"""


@dataclass(frozen=True)
class Found:
    """One line before it is named: the same room or person, the same two patterns."""

    room_id: int | None
    person_id: int | None
    pattern_id: int | None
    other_pattern_id: int | None
    source: str
    soft: list[int]
    others: list[int]
    starts: list[datetime]
    ends: list[datetime]
    other_starts: list[datetime]
    other_ends: list[datetime]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        return list(zip(self.soft, self.others, strict=True))

    @property
    def key(self) -> str:
        """What names this line among those of its pattern, also when its dates have changed."""
        said = (self.room_id, self.person_id, self.pattern_id, self.other_pattern_id, self.source)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Overlapping:
    """How a claim overlaps: whether somebody accepted all of it, and whether this claim is the one that gives way."""

    is_accepted: bool
    is_soft: bool


@dataclass(frozen=True)
class Party:
    """One side: what it is, where to read more, where it meets, and the pattern to change, if it is a class."""

    title: str
    url: str
    time: str
    place: str = ""
    pattern_id: Any = None
    section_id: Any = None


@dataclass(frozen=True)
class Line:
    """A clash to show: whose time, both sides, on how many dates; with the decision when it was accepted."""

    key: str
    kind: str
    what: str
    soft: Party
    other: Party
    first: datetime
    last: datetime
    dates: int
    override: ConflictOverride | None = None


def clash_lines(
    *, kind: str = "", term: Term | None = None, accepted: bool = False, pattern: Any = None
) -> list[Found]:
    """Return the clashes by their first date: of "room", "person" or both; of one `pattern` that is the soft side."""
    only = "AND sm.pattern_id = %(pattern)s" if pattern else ""
    values = {"accepted": accepted, "term": term.pk if term else None, "pattern": pattern.pk if pattern else None}
    return [Found(*row) for row in _rows(LINES, only, kind, **values)]


def open_pairs(claims: Collection[int]) -> list[tuple[int, int]]:
    """Return the clashes of these soft claims that nobody has accepted, as pairs of claims."""
    sql = "SELECT soft, other FROM judged WHERE NOT accepted ORDER BY 1, 2"
    return [(soft, other) for soft, other in _rows(sql, "AND soft.id = ANY(%(claims)s)", claims=list(claims))]


def clashing(claims: Collection[int]) -> dict[int, Overlapping]:
    """Return which of these claims overlap another one, and how."""
    if not claims:
        return {}
    parts = [BESIDE.format(owner=owner) for owner in ("room_id", "person_id")]
    found: dict[int, Overlapping] = {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), {"now": timezone.now(), "claims": list(claims)})
        for key, is_soft, accepted in cursor.fetchall():
            before = found.get(key, Overlapping(True, is_soft))
            found[key] = Overlapping(before.is_accepted and accepted, is_soft)
    return found


def open_clash_count() -> int:
    """Return how many lines of the clash list are still to come and wait for somebody."""
    return len(_rows(LINES, "AND upper(soft.during) > %(now)s", accepted=False, term=None))


def _rows(sql: str, only: str, kind: str = "", **values: Any) -> list[Any]:
    parts = []
    if kind in ("", "room"):
        parts.append(PAIRS.format(owner="room_id", meetings=OF_ROOMS, only=only))
    if kind in ("", "person"):
        parts.append(PAIRS.format(owner="person_id", meetings=OF_PEOPLE, only=only))
    with connection.cursor() as cursor:
        judged = JUDGED.format(
            pairs=" UNION ALL ".join(parts), accepted=ACCEPTED.format(one="pair.soft", other="pair.other")
        )
        cursor.execute(judged + sql, {"now": timezone.now(), **values})
        return cursor.fetchall()


def named(lines: Sequence[Found], viewer: Any) -> list[Line]:
    """Name both sides of the lines as `viewer` may read them; the same number of queries for any number of lines."""
    if not lines:
        return []
    rooms = Room.objects.select_related("building").in_bulk({one.room_id for one in lines if one.room_id})
    people = get_user_model().objects.in_bulk({one.person_id for one in lines if one.person_id})
    patterns = _patterns({key for one in lines for key in (one.pattern_id, one.other_pattern_id) if key}, viewer)
    loose = Claim.objects.filter(pk__in={one.others[0] for one in lines if not one.other_pattern_id})
    names = describe(list(loose), viewer)
    decisions = _decisions(lines)
    found = []
    for one in lines:
        spans = list(zip(one.starts, one.ends, strict=True))
        soft = _party(patterns.get(one.pattern_id or 0), spans)
        beside = list(zip(one.other_starts, one.other_ends, strict=True))
        if one.other_pattern_id:
            other = _party(patterns.get(one.other_pattern_id), beside)
        else:
            title, url = names.get(one.others[0], ("", ""))
            other = Party(title, url, _time(beside, ZoneInfo(settings.CAMPUS_TIME_ZONE)))
        what = str(rooms[one.room_id]) if one.room_id else people[one.person_id].display_name  # type: ignore[index]
        kind = "room" if one.room_id else "person"
        decision = decisions.get(one.key)
        found.append(Line(one.key, kind, what, soft, other, one.starts[0], one.starts[-1], len(spans), decision))
    return found


def _patterns(keys: Collection[int], viewer: Any) -> dict[int, MeetingPattern]:
    seen = Section.objects.visible_to(viewer).select_related("course__subject")
    rows = MeetingPattern.objects.select_related("room__building")
    return rows.prefetch_related(Prefetch("sections", queryset=seen)).in_bulk(list(keys))


def _decisions(lines: Sequence[Found]) -> dict[str, ConflictOverride]:
    first = {frozenset(one.pairs[0]): one.key for one in lines}
    keys = [key for pair in first for key in pair]
    rows = ConflictOverride.objects.filter(claim__in=keys, other__in=keys).select_related("by")
    known = {frozenset((row.claim_id, row.other_id)): row for row in rows}
    return {key: known[pair] for pair, key in first.items() if pair in known}


def _party(pattern: MeetingPattern | None, spans: Sequence[tuple[datetime, datetime]]) -> Party:
    if pattern is None:
        return Party("", "", _time(spans, ZoneInfo(settings.CAMPUS_TIME_ZONE)))
    sections = list(pattern.sections.all())
    return Party(
        title=sections_title(sections),
        url=section_url(sections[0]) if sections else "",
        time=_time(spans, ZoneInfo(pattern.zone)),
        place=str(pattern.room) if pattern.room else "",
        pattern_id=pattern.public_id,
        section_id=sections[0].public_id if sections else None,
    )


def _time(spans: Iterable[tuple[datetime, datetime]], zone: ZoneInfo) -> str:
    """Say the weekdays and times of day: "Mon, Wed 09:00-09:50"."""
    times: dict[tuple[time, time], set[int]] = {}
    for start, end in spans:
        local = start.astimezone(zone)
        times.setdefault((local.time(), end.astimezone(zone).time()), set()).add(local.weekday())
    words = [times_text(sorted(days), *hours) for hours, days in times.items()]
    return "; ".join(words[:4])
