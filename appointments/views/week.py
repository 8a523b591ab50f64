"""A person's entries in the week grid that all timetables share."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from appointments.queries.timetable import Entry, together
from scheduling.queries.grid import Item
from scheduling.queries.grid import week_grid as grid_of

WORKDAYS, WHOLE_WEEK = 5, 7


def week_grid(entries: list[Entry], monday: date, zone: ZoneInfo) -> dict[str, Any] | None:
    """Return the context of components/week_grid.html; None for an empty week. The weekend is there when needed."""
    if not entries:
        return None
    saturday = monday + timedelta(days=WORKDAYS)
    is_long = any(entry.ends_at.astimezone(zone).date() >= saturday for entry in entries)
    return grid_of(
        [_item(entry, zone) for entry in together(entries)], monday, zone, WHOLE_WEEK if is_long else WORKDAYS
    )


def _item(entry: Entry, zone: ZoneInfo) -> Item:
    # A deadline has no length: it stands on top of its day and says its time.
    place = f"{entry.starts_at.astimezone(zone):%H:%M}" if entry.is_deadline else entry.place
    return Item(
        title=entry.title,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at + timedelta(minutes=1) if entry.is_deadline else entry.ends_at,
        subtitle=place,
        href=entry.url,
        color_key=entry.color_key,
        cancelled=entry.is_cancelled,
        all_day=entry.is_deadline,
    )


def week_context(request: Any, entries: list[Entry], monday: date, zone: ZoneInfo) -> dict[str, Any]:
    """Return what a page of one week shows: the grid, and the same day by day as a list."""
    days = []
    for offset in range(7):
        day = monday + timedelta(days=offset)
        rows = [
            {"entry": entry, "local": entry.starts_at.astimezone(zone), "local_end": entry.ends_at.astimezone(zone)}
            for entry in entries
            if entry.starts_at.astimezone(zone).date() == day
        ]
        days.append({"day": day, "rows": rows})
    return {
        "grid": week_grid(entries, monday, zone),
        "days": days,
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "previous": monday - timedelta(days=7),
        "next": monday + timedelta(days=7),
        "zone": str(zone),
        "as_list": request.GET.get("view") == "list",
        "empty": not entries,
    }
