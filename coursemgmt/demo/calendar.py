"""The terms and closures of the invented university, all counted from the day it is made."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from core.recurrence import start_of_day
from courses.models import Term
from courses.operations import create_term
from scheduling.operations import add_closure

WEEKS = 15
APART = 18
SEASONS = ["Winter", "Spring", "Summer", "Autumn"]
ZONE = ZoneInfo(settings.CAMPUS_TIME_ZONE)


@dataclass
class Calendar:
    today: date
    past: Term
    term: Term
    coming: Term

    def working_days(self, weekdays: set[int], count: int) -> list[date]:
        """Return the next days after today that fall on these weekdays, Monday being 0."""
        days = (self.today + timedelta(days=n) for n in range(1, 60))
        return [day for day in days if day.weekday() in weekdays][:count]

    def past_days(self, weekdays: set[int], count: int) -> list[date]:
        days = (self.today - timedelta(days=n) for n in range(1, 60))
        return [day for day in days if day.weekday() in weekdays][:count]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE)


def make_calendar(today: date) -> Calendar:
    """Make the term of today, in its third week, the one before and the one after, and days without classes."""
    start = today - timedelta(days=today.weekday(), weeks=2)
    past, term, coming = (_term(start + timedelta(weeks=APART * n)) for n in (-1, 0, 1))
    for one in (past, term, coming):
        thursday = one.start_date + timedelta(weeks=8, days=3)
        add_closure("Mid-term break", thursday, thursday + timedelta(days=1), by=None)
    return Calendar(today, past, term, coming)


def _term(start: date) -> Term:
    season = SEASONS[(start.month - 1) // 3]

    def after(weeks: int) -> datetime:
        return start_of_day(start + timedelta(weeks=weeks), ZONE)

    return create_term(
        by=None,
        code=f"{start.year}{season[:2].upper()}",
        name=f"{season} {start.year}",
        start_date=start,
        end_date=start + timedelta(weeks=WEEKS, days=-3),
        registration_opens_at=after(-8),
        registration_closes_at=after(7),
        add_deadline=after(7),
        drop_deadline=after(9),
        withdraw_deadline=after(12),
    )
