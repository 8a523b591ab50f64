"""Facts of office hours for tests: a host with hours, a type, and times that are surely in the future."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import User
from appointments.models import AppointmentType, AvailabilityRule, AvailabilitySchedule

ALL_DAY = (time(8), time(18))


def make_schedule(host: User, *, zone: str = "America/New_York", hours: Any = ALL_DAY) -> AvailabilitySchedule:
    """Return a schedule with the same hours on every day of the week; `hours` None leaves it empty."""
    schedule = AvailabilitySchedule.objects.create(host=host, zone=zone)
    if hours:
        for weekday in range(7):
            AvailabilityRule.objects.create(schedule=schedule, weekday=weekday, start_time=hours[0], end_time=hours[1])
    return schedule


def make_type(host: User, *, schedule: AvailabilitySchedule | None = None, **fields: Any) -> AppointmentType:
    facts: dict[str, Any] = {"title": "Office hour", "interval_minutes": 30, "max_open_per_student": None} | fields
    return AppointmentType.objects.create(host=host, schedule=schedule or make_schedule(host), **facts)


def future_day(days: int = 14) -> date:
    return timezone.now().astimezone(ZoneInfo("America/New_York")).date() + timedelta(days=days)


def at(hour: int, minute: int = 0, *, days: int = 14, zone: str = "America/New_York") -> datetime:
    """Return this local time of a day to come, as an instant in UTC."""
    return datetime.combine(future_day(days), time(hour, minute), tzinfo=ZoneInfo(zone)).astimezone(UTC)
