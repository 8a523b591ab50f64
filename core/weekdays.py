"""Weekdays: "mon" in addresses and in the API, 0 for Monday in a row, bit 0 for Monday where a row holds several."""

from collections.abc import Iterable
from datetime import time

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR

NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
CHOICES = [(name, WEEKDAYS[day]) for day, name in enumerate(NAMES)]


def days_of(mask: int) -> list[int]:
    return [day for day in range(7) if mask >> day & 1]


def names_of(mask: int) -> list[str]:
    return [NAMES[day] for day in days_of(mask)]


def mask_of(names: Iterable[str]) -> int:
    return sum(1 << NAMES.index(name) for name in set(names))


def times_text(days: Iterable[int], start: time, end: time) -> str:
    """Say weekdays with a time of day: "Mon, Wed 10:00-10:50", the dash being that of a range."""
    words = ", ".join(str(WEEKDAYS_ABBR[day]) for day in days)
    return f"{words} {start:%H:%M}\N{EN DASH}{end:%H:%M}"
