"""Made-up content for the style guide: long names, names from right to left, clashes, refusals."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.paginator import Page, Paginator

from appointments.queries.timetable import Entry
from core.errors import Conflict
from core.rules import Check, rule

ZONE = ZoneInfo(settings.CAMPUS_TIME_ZONE)
MONDAY = date(2026, 1, 12)
ROW = 5
FIRST_HOUR = 7


class SampleForm(forms.Form):
    """A form with the fields and errors that occur."""

    title = forms.CharField(help_text="As it stands in the catalogue.")
    email = forms.EmailField(label="E-mail address")
    kind = forms.ChoiceField(choices=[("lecture", "Lecture"), ("lab", "Laboratory")])
    day = forms.DateField(required=False, label="First day, optional", widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), label="Note, optional")
    agreed = forms.BooleanField(required=False, label="Tell the students at once")


class _Full(Conflict):
    code = "full"
    message = "All 40 seats are taken."


class _Clash(Conflict):
    code = "clash"
    message = "It meets at the same time as MATH 18 A01 on Monday."


class _Closed(Conflict):
    code = "closed"
    message = "Registration is closed."


def sample_check() -> Check:
    """Return a check with two rules that failed and one that passed."""
    return Check([rule(False, _Full(), "the instructor"), rule(False, _Clash()), rule(True, _Closed())])


def sample_page() -> Page[int]:
    """Return the second of three pages."""
    return Paginator(range(120), 50).page(2)


def sample_agenda(now: datetime) -> list[Entry]:
    """Return a day with what is over, what goes on, what is near, and a name from right to left."""
    facts = [
        (-120, 50, "MATH 18 A01", "Center Hall 115", "#grid"),
        (-10, 50, "CSE 21 B00", "Center Hall 101", "#grid"),
        (
            25,
            20,
            "Office hours with محمد بن عبد الله",
            "Oak Hall, office 301",
            "#grid",
        ),
        (300, 80, "LIT 100: a title that is far too long for its place in the day", "", ""),
    ]
    return [
        Entry("class", title, at, at + timedelta(minutes=length), title, place, url)
        for start, length, title, place, url in facts
        for at in [now + timedelta(minutes=start)]
    ]


def sample_slots() -> list[tuple[date, list[dict[str, Any]]]]:
    """Return times of a host in another zone, one of them with a few seats, one during a class."""
    starts = [datetime.combine(MONDAY, time(hour), ZONE) for hour in (9, 10, 11)]
    slots = [{"seats_left": 6}, {"seats_left": 3}, {"seats_left": 1, "during_class": True}]
    rows = [
        {"value": f"{at.isoformat()} ", "local": at, "host_local": at - timedelta(hours=3), "slot": slot}
        for at, slot in zip(starts, slots, strict=True)
    ]
    return [(MONDAY, rows)]


class ReasonForm(forms.Form):
    """What is asked before a deed that hurts."""

    reason = forms.CharField(max_length=200, help_text="The students read it.")


def sample_days() -> list[tuple[date, list[dict[str, Any]]]]:
    """Return two days of free times, as the list of free times takes them."""
    days = []
    for day in (MONDAY, MONDAY + timedelta(days=1)):
        starts = [datetime.combine(day, time(hour, minute), ZONE) for hour in (9, 10, 14) for minute in (0, 20, 40)]
        rows = [{"value": at.isoformat(), "local": at, "local_end": at + timedelta(minutes=20)} for at in starts]
        days.append((day, rows))
    return days


def _item(day: date, start: str, end: str, title: str, hue: int, **more: Any) -> dict[str, Any]:
    starts_at = datetime.combine(day, time.fromisoformat(start), ZONE)
    ends_at = datetime.combine(day, time.fromisoformat(end), ZONE)
    opening = datetime.combine(day, time(FIRST_HOUR), ZONE)
    return {
        "title": title,
        "subtitle": "Center Hall 115",
        "href": "#grid",
        "starts_at": starts_at,
        "ends_at": ends_at,
        "row_start": (starts_at - opening) // timedelta(minutes=ROW) + 1,
        "row_span": (ends_at - starts_at) // timedelta(minutes=ROW),
        "lane": 1,
        "lanes": 1,
        "hue": hue,
        "clash": False,
        "soft": False,
        "cancelled": False,
        "all_day": False,
    } | more


def sample_grid() -> dict[str, Any]:
    """Return a week with every hue and flag."""
    days = [MONDAY + timedelta(days=n) for n in range(7)]
    items: dict[date, list[dict[str, Any]]] = {day: [] for day in days}
    items[days[0]] = [
        _item(days[0], "08:00", "08:50", "CSE 21 B00", 1),
        _item(days[0], "10:00", "10:50", "MATH 18 A01", 2, clash=True, lane=1, lanes=2),
        _item(days[0], "10:30", "11:50", "PHYS 2A", 3, clash=True, lane=2, lanes=2),
        _item(days[0], "14:00", "14:20", "Advising", 8, soft=True),
    ]
    items[days[1]] = [
        _item(days[1], "09:30", "10:50", "LIT 100: a title that is far too long for its place in the week", 4),
        _item(days[1], "12:00", "13:20", "VIS 20", 5, cancelled=True),
        _item(days[1], "17:00", "19:50", "BILD 3 laboratory", 6),
    ]
    items[days[2]] = [
        _item(days[2], "00:00", "00:00", "Founders' day: no classes", 8, all_day=True),
        _item(days[2], "08:00", "08:50", "CSE 21 B00", 1, cancelled=True),
    ]
    items[days[3]] = [_item(days[3], "09:30", "10:50", "LIT 100", 4), _item(days[3], "11:00", "12:00", "HIST 7", 7)]
    items[days[4]] = [_item(days[4], "08:00", "08:50", "CSE 21 B00", 1), _item(days[4], "13:00", "13:10", "Quiz", 5)]
    return {
        "days": [
            {"date": day, "label": f"{day:%a} {day.day}", "items": items[day], "is_today": n == 1}
            for n, day in enumerate(days)
        ],
        "hours": [f"{hour:02}:00" for hour in range(FIRST_HOUR, 22)],
        "row_minutes": ROW,
        "zone": ZONE.key,
    }
