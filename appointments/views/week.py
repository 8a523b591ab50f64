"""A week as a table: hours down, days across, each thing in the hour in which it starts."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

EARLIEST, LATEST = 8, 18


def week_grid(entries: list[Any], monday: date, zone: ZoneInfo) -> dict[str, Any] | None:
    """Return days and rows of cells for the table; None for an empty week. Weekend days are there when needed."""
    if not entries:
        return None
    placed: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for entry in entries:
        # What began before the week stands at its first hour.
        local = max(entry.starts_at.astimezone(zone).replace(tzinfo=None), datetime.combine(monday, time(0)))
        cell = placed.setdefault(((local.date() - monday).days, local.hour), [])
        cell.append({"entry": entry, "local": local, "local_end": entry.ends_at.astimezone(zone).replace(tzinfo=None)})
    last_day = max([4, *(day for day, _hour in placed)])
    hours = [hour for _day, hour in placed]
    days = [monday + timedelta(days=day) for day in range(last_day + 1)]
    rows = [
        {"hour": f"{hour:02}:00", "cells": [placed.get((day, hour), []) for day in range(last_day + 1)]}
        for hour in range(min([EARLIEST, *hours]), max([LATEST, *hours]) + 1)
    ]
    return {"days": days, "rows": rows}
