"""Until when an offer of a seat can be answered."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from core.recurrence import to_utc
from courses.models import Section

LEAST = timedelta(hours=2)
# Nobody loses a seat asleep: between these no offer ends.
EVENING, MORNING = time(22), time(8)


def offer_ends(section: Section, now: datetime) -> datetime:
    """Return the instant at which an offer made now ends: the first at which it is too late to answer.

    The section's hours or a third of what is left of the line and of registration, whichever is less, but two hours at
    least, and at eight in the morning of the campus instead of at night (features.md 2.4, rule 5). The end of
    registration alone cuts it off, since nothing can be accepted after it.
    """
    length = timedelta(hours=section.offer_hours)
    if left := [at - now for at in (section.waitlist_closes_at, section.closes_at) if at and at > now]:
        length = min(length, min(left) / 3)
    ends, closes = by_day(now + max(length, LEAST)), section.closes_at
    return min(ends, closes) if closes and closes > now else ends


def by_day(at: datetime) -> datetime:
    """Return `at`, or the next morning of the campus when it lies in the night there."""
    zone = ZoneInfo(settings.CAMPUS_TIME_ZONE)
    local = at.astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return at
    day = local.date() + timedelta(days=1) if local.time() >= EVENING else local.date()
    morning = to_utc(day, MORNING, zone)
    return morning.instant if morning else at
