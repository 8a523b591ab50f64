"""When a host is there: weekly hours, and other hours for some days. Bookings that stand are not touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.db import transaction

from appointments.errors import MayNotHost, WindowsOverlap
from appointments.models import AvailabilityOverride, AvailabilityRule, AvailabilitySchedule
from appointments.policies import can_host
from core.locks import lock


@dataclass(frozen=True)
class Hours:
    """One weekly window: from this to that local time on a weekday, Monday being 0."""

    weekday: int
    start_time: time
    end_time: time
    start_date: date | None = None
    end_date: date | None = None

    def meets(self, other: "Hours") -> bool:
        if self.weekday != other.weekday:
            return False
        days = (self.start_date or date.min) <= (other.end_date or date.max) and (other.start_date or date.min) <= (
            self.end_date or date.max
        )
        return days and self.start_time < other.end_time and other.start_time < self.end_time


def _ask(by: Any, host: Any) -> None:
    if by is not None and not can_host(by, host):
        raise MayNotHost()


@transaction.atomic
def ensure_schedule(host: Any, *, by: Any) -> AvailabilitySchedule:
    """Return the host's first schedule; make an empty one, in the host's own zone, when there is none."""
    _ask(by, host)
    (host,) = lock(host)
    schedule = AvailabilitySchedule.objects.filter(host=host).first()
    return schedule or AvailabilitySchedule.objects.create(host=host, zone=str(host.zone))


@transaction.atomic
def change_schedule(schedule: AvailabilitySchedule, *, by: Any, **fields: Any) -> AvailabilitySchedule:
    """Change name or zone of a schedule; the local times stay as they read."""
    _ask(by, schedule.host)
    lock(schedule.host)
    for name in ("name", "zone"):
        if name in fields:
            setattr(schedule, name, fields[name])
    schedule.full_clean()
    schedule.save(update_fields=["name", "zone"])
    return schedule


@transaction.atomic
def set_weekly_hours(schedule: AvailabilitySchedule, hours: Sequence[Hours], *, by: Any) -> list[AvailabilityRule]:
    """Put these weekly windows in the place of the present ones. Raises WindowsOverlap."""
    _ask(by, schedule.host)
    lock(schedule.host)
    for index, one in enumerate(hours):
        if any(one.meets(other) for other in hours[index + 1 :]):
            raise WindowsOverlap()
    rules = [AvailabilityRule(schedule=schedule, **vars(one)) for one in hours]
    for rule in rules:
        rule.full_clean()
    schedule.rules.all().delete()
    return AvailabilityRule.objects.bulk_create(rules)


@transaction.atomic
def add_override(schedule: AvailabilitySchedule, *, by: Any, **fields: Any) -> AvailabilityOverride:
    """Add other hours, extra hours or none for a range of days and return the row."""
    _ask(by, schedule.host)
    lock(schedule.host)
    override = AvailabilityOverride(schedule=schedule, **fields)
    override.full_clean()
    override.save()
    return override


@transaction.atomic
def remove_override(override: AvailabilityOverride, *, by: Any) -> None:
    """Take an override away; the weekly hours hold again. Twice is harmless."""
    _ask(by, override.schedule.host)
    lock(override.schedule.host)
    AvailabilityOverride.objects.filter(pk=override.pk).delete()
