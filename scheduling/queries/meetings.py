"""A section's patterns in words and its dated meetings."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from core.weekdays import days_of, times_text
from courses.models import Section
from scheduling.models import Meeting, MeetingPattern
from scheduling.queries.clashes import Overlapping, clashing


@dataclass(frozen=True)
class PatternRow:
    """A pattern as a page shows it; `others`: sections that share it, `clash`: "open", "accepted" or nothing."""

    pattern: MeetingPattern
    words: str
    others: list[Section]
    instructors: list[Any]
    coming: int
    clash: str


@dataclass(frozen=True)
class MeetingRow:
    meeting: Meeting
    clash: str


def pattern_words(pattern: MeetingPattern) -> str:
    """Say the rule: "Mon, Wed 10:00-10:50, every second week"."""
    if pattern.is_tba or pattern.start_time is None or pattern.end_time is None:
        return _("To be arranged")
    words = times_text(days_of(pattern.days), pattern.start_time, pattern.end_time)
    often = {2: _("every second week"), 3: _("every third week"), 4: _("every fourth week")}
    return f"{words}, {often[pattern.interval_weeks]}" if pattern.interval_weeks in often else words


def meetings_of_section(section: Section, user: Any) -> dict[str, list[Any]]:
    """Return `patterns`, `coming` and `past` meetings; the same number of queries for any number of them."""
    now = timezone.now()
    seen = Section.objects.visible_to(user).select_related("course__subject")
    patterns = list(
        section.patterns.select_related("room__building")
        .prefetch_related(Prefetch("sections", queryset=seen), "instructors")
        .order_by("kind", "start_date", "pk")
    )
    meetings = list(
        Meeting.objects.filter(pattern__in=[one.pk for one in patterns])
        .select_related("pattern", "room__building")
        .prefetch_related("meeting_instructors")
    )
    clashes = clashing({key for one in meetings for key in claims_of(one)})
    rows = [MeetingRow(one, clash_of(one, clashes)) for one in meetings]
    return {
        "patterns": [_pattern_row(one, section, rows) for one in patterns],
        "coming": [row for row in rows if row.meeting.ends_at > now],
        "past": [row for row in reversed(rows) if row.meeting.ends_at <= now],
    }


def _pattern_row(pattern: MeetingPattern, section: Section, rows: list[MeetingRow]) -> PatternRow:
    now, mine = timezone.now(), [row for row in rows if row.meeting.pattern_id == pattern.pk]
    coming = [row for row in mine if row.meeting.starts_at > now and row.meeting.status != Meeting.Status.CANCELLED]
    found = {row.clash for row in mine}
    return PatternRow(
        pattern=pattern,
        words=pattern_words(pattern),
        others=[one for one in pattern.sections.all() if one.pk != section.pk],
        instructors=list(pattern.instructors.all()),
        coming=len(coming),
        clash="open" if "open" in found else "accepted" if "accepted" in found else "",
    )


def claims_of(meeting: Meeting) -> set[int]:
    """Return the claims of a meeting whose instructors were fetched before."""
    keys = [meeting.room_claim_id, *(row.claim_id for row in meeting.meeting_instructors.all())]
    return {key for key in keys if key is not None}


def clash_of(meeting: Meeting, clashes: dict[int, Overlapping]) -> str:
    """Return "open" when a claim overlaps another, "accepted" when all such overlaps are, else nothing."""
    found = [clashes[key] for key in claims_of(meeting) if key in clashes]
    if not found:
        return ""
    return "accepted" if all(one.is_accepted for one in found) else "open"


def coming_of(pattern: MeetingPattern) -> int:
    return pattern.meetings.standing().filter(starts_at__gt=timezone.now()).count()
