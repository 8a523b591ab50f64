"""Is this value of a person well formed?"""

import zoneinfo
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


@cache
def known_zones() -> frozenset[str]:
    """Return the zone names of the pinned tzdata that name a place (or UTC)."""
    return frozenset(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC")


def validate_time_zone(value: str) -> None:
    if value and value not in known_zones():
        raise ValidationError(_("“%(zone)s” is not a time zone of the IANA list."), code="zone", params={"zone": value})
