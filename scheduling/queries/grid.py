"""A week as a grid: days across, hours down, things side by side in lanes where they overlap."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.recurrence import end_of_day, start_of_day
from courses.models import Section
from scheduling.models import Claim, Closure, Meeting
from scheduling.queries.busy import describe, section_url, sections_title
from scheduling.queries.clashes import Overlapping, clashing
from scheduling.queries.meetings import claims_of, clash_of

FIRST_HOUR, LAST_HOUR, ROW_MINUTES, HUES = 7, 22, 5, 8
ROWS = (LAST_HOUR - FIRST_HOUR) * 60 // ROW_MINUTES


@dataclass(frozen=True)
class Item:
    """One thing to show; `color_key` gives it a lasting hue."""

    title: str
    starts_at: datetime
    ends_at: datetime
    subtitle: str = ""
    href: str = ""
    color_key: str = ""
    clash: bool = False
    soft: bool = False
    cancelled: bool = False
    all_day: bool = False
    # A word that is said beside the title: moved, starts later because the clock changed.
    note: str = ""


def week_grid(items: Iterable[Item], monday: date, zone: ZoneInfo, days: int = 7) -> dict[str, Any]:
    """Return the context of components/week_grid.html; what passes midnight is shown on both days."""
    found = list(items)
    now = timezone.now().astimezone(zone)
    return {
        "days": [_day(found, monday + timedelta(days=offset), zone, now) for offset in range(days)],
        "hours": [f"{hour:02}:00" for hour in range(FIRST_HOUR, LAST_HOUR)],
        "row_minutes": ROW_MINUTES,
        "zone": str(zone),
    }


def _day(items: list[Item], day: date, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    start, end = start_of_day(day, zone), end_of_day(day, zone)
    shown = [_cell(item, start, end, zone) for item in items if item.starts_at < end and start < item.ends_at]
    shown.sort(key=lambda cell: (cell["row_start"], -cell["row_span"], cell["title"]))
    _set_lanes([cell for cell in shown if not cell["all_day"]])
    label = date_format(day, "D j M")
    is_today = day == now.date()
    now_row = _row(now, up=False) + 1 if is_today and FIRST_HOUR <= now.hour < LAST_HOUR else None
    return {"date": day, "label": label, "is_today": is_today, "now_row": now_row, "items": shown}


def _cell(item: Item, start: datetime, end: datetime, zone: ZoneInfo) -> dict[str, Any]:
    first = 1 if item.starts_at < start else _row(item.starts_at.astimezone(zone), up=False) + 1
    last = ROWS if item.ends_at >= end else _row(item.ends_at.astimezone(zone), up=True)
    first = min(first, ROWS)
    return {
        "title": item.title,
        "subtitle": item.subtitle,
        "href": item.href,
        "starts_at": item.starts_at.astimezone(zone),
        "ends_at": item.ends_at.astimezone(zone),
        "row_start": first,
        "row_span": max(1, last - first + 1),
        "lane": 1,
        "lanes": 1,
        "hue": zlib.crc32((item.color_key or item.title).encode()) % HUES + 1,
        "clash": item.clash,
        "soft": item.soft,
        "cancelled": item.cancelled,
        "all_day": item.all_day,
        "note": item.note,
    }


def _row(local: datetime, *, up: bool) -> int:
    minutes = (local.hour - FIRST_HOUR) * 60 + local.minute
    rows = -(-minutes // ROW_MINUTES) if up else minutes // ROW_MINUTES
    return min(max(rows, 0), ROWS)


def _set_lanes(cells: list[dict[str, Any]]) -> None:
    """Give overlapping cells lanes side by side; `cells` are sorted by their first row."""
    group: list[dict[str, Any]] = []
    ends: list[int] = []
    for cell in cells:
        if ends and cell["row_start"] >= max(ends):
            _close_group(group, len(ends))
            group, ends = [], []
        lane = next((at for at, end in enumerate(ends) if end <= cell["row_start"]), len(ends))
        ends[lane : lane + 1] = [cell["row_start"] + cell["row_span"]]
        cell["lane"] = lane + 1
        group.append(cell)
    _close_group(group, len(ends))


def _close_group(group: list[dict[str, Any]], lanes: int) -> None:
    for cell in group:
        cell["lanes"] = lanes


def meeting_items(which: Q, monday: date, zone: ZoneInfo, user: Any) -> list[Item]:
    """Return one week of the meetings of `which`; the name of a section is for those who may see it."""
    seen = Section.objects.visible_to(user).select_related("course__subject")
    found = list(
        Meeting.objects.within(*_span(monday, zone))
        .filter(which)
        .distinct()
        .select_related("pattern", "room__building")
        .prefetch_related(Prefetch("pattern__sections", queryset=seen), "meeting_instructors")
    )
    clashes = clashing({key for meeting in found for key in claims_of(meeting)})
    return [_item(meeting, clashes) for meeting in found]


def _span(monday: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return start_of_day(monday, zone), end_of_day(monday + timedelta(days=6), zone)


def _item(meeting: Meeting, clashes: dict[int, Overlapping]) -> Item:
    sections = list(meeting.pattern.sections.all())
    clash = clash_of(meeting, clashes)
    return Item(
        title=sections_title(sections) or _("Busy"),
        subtitle=str(meeting.room) if meeting.room and sections else "",
        href=section_url(sections[0]) if sections else "",
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        color_key=sections[0].course.code if sections else "",
        clash=clash == "open",
        soft=any(clashes[key].is_soft for key in claims_of(meeting) if key in clashes),
        cancelled=meeting.status == Meeting.Status.CANCELLED,
        note=_note(meeting, clash),
    )


def _note(meeting: Meeting, clash: str) -> str:
    words = []
    if clash == "accepted":
        words.append(_("clash accepted"))
    if meeting.status == Meeting.Status.MOVED:
        words.append(_("moved"))
    if meeting.is_shifted:
        words.append(_("later because the clock changes"))
    if meeting.reason:
        words.append(meeting.reason)
    return ", ".join(words)


def room_week(room: Any, monday: date, zone: ZoneInfo, user: Any) -> list[Item]:
    """Return what happens in a room; what `user` may not know of is "Busy"."""
    meetings = [replace(item, subtitle="") for item in meeting_items(Q(room=room), monday, zone, user)]
    return [*meetings, *_other_claims(Q(room=room), monday, zone, user)]


def section_week(section: Any, monday: date, zone: ZoneInfo, user: Any) -> list[Item]:
    return meeting_items(Q(pattern__sections=section), monday, zone, user)


def instructor_week(person: Any, monday: date, zone: ZoneInfo, user: Any) -> list[Item]:
    """Return what takes the time of somebody who teaches; what `user` may not know of is "Busy"."""
    mine = Q(meeting_instructors__instructor=person)
    return [*meeting_items(mine, monday, zone, user), *_other_claims(Q(person=person), monday, zone, user)]


def closure_items(monday: date, zone: ZoneInfo) -> list[Item]:
    """Return the closures of a week, on top of their days."""
    found = Closure.objects.filter(start_date__lte=monday + timedelta(days=6), end_date__gte=monday)
    return [
        Item(
            title=_("Closed: %(name)s") % {"name": closure.name},
            starts_at=start_of_day(max(closure.start_date, monday), zone),
            ends_at=end_of_day(min(closure.end_date, monday + timedelta(days=6)), zone),
            all_day=True,
            color_key="closure",
        )
        for closure in found
    ]


def _other_claims(which: Q, monday: date, zone: ZoneInfo, user: Any) -> list[Item]:
    live = Claim.objects.live(timezone.now()).within(*_span(monday, zone)).filter(which)
    claims = list(live.exclude(source__in=[Claim.Source.MEETING, Claim.Source.EXAM]))
    names = describe(claims, user)
    return [
        Item(
            title=names[claim.pk][0],
            href=names[claim.pk][1],
            starts_at=claim.during.lower,
            ends_at=claim.during.upper,
            soft=not claim.hard,
        )
        for claim in claims
    ]
