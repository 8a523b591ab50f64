"""How days and instants move from one term to another: by whole weeks, so that a Tuesday stays a Tuesday."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from core.recurrence import to_utc
from courses.models import Term


@dataclass(frozen=True)
class Shift:
    """The way from one term into another: the week in which the one begins becomes that of the other."""

    source: Term
    target: Term

    @property
    def weeks(self) -> int:
        return (_monday(self.target.start_date) - _monday(self.source.start_date)).days // 7

    def day(self, day: date) -> date:
        return day + timedelta(weeks=self.weeks)

    def first_day(self, day: date) -> date:
        """Return where a first day comes to lie: with the term's first day, otherwise as many weeks on."""
        return self.target.start_date if day == self.source.start_date else self.day(day)

    def last_day(self, day: date) -> date:
        """Return where a last day comes to lie: with the term's last day, otherwise as many weeks on."""
        return self.target.end_date if day == self.source.end_date else self.day(day)

    def span(self, first: date, last: date) -> tuple[date, date] | None:
        """Return the days from `first` to `last` in the other term, cut to it; None when none of them lies there."""
        found = max(self.first_day(first), self.target.start_date), min(self.last_day(last), self.target.end_date)
        return found if found[0] <= found[1] else None

    def instant(self, at: datetime | None) -> datetime | None:
        """Return the same weekday and wall-clock time on campus as many weeks on."""
        if at is None:
            return None
        zone = ZoneInfo(settings.CAMPUS_TIME_ZONE)
        local = at.astimezone(zone)
        found = to_utc(self.day(local.date()), local.time(), zone)
        return found.instant if found else at + timedelta(weeks=self.weeks)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
