"""System checks of the settings: what would break a promise quietly is said at the start."""

import zoneinfo
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import tzdata
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

# The release that the time vectors of the tests were written for.
OLDEST_ZONE_DATA = "2026f"
# What each zone's 09:00 of 2026-12-01 is in UTC; older data says something else.
RECENT_CHANGES = {
    "Africa/Casablanca": 9,
    "America/Vancouver": 16,
    "America/Edmonton": 15,
    "America/Winnipeg": 14,
    "America/Havana": 13,
}
SHARED_CACHES = ("db.DatabaseCache", "redis.RedisCache", "memcached.PyMemcacheCache", "memcached.PyLibMCCache")


@register()
def zone_data(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Zone data is current, and the pinned package is its only source."""
    if zoneinfo.TZPATH:
        return [Error("Zone data would be read from the operating system.", id="coursemgmt.E001")]
    stale = [
        name
        for name, hour in RECENT_CHANGES.items()
        if datetime(2026, 12, 1, 9, tzinfo=zoneinfo.ZoneInfo(name)).astimezone(UTC).hour != hour
    ]
    if tzdata.IANA_VERSION < OLDEST_ZONE_DATA or stale:
        return [
            Error(
                f"Zone data {tzdata.IANA_VERSION} is out of date.",
                hint="Install the tzdata release of requirements.txt.",
                id="coursemgmt.E002",
            )
        ]
    return []


@register()
def shared_cache(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The sign-in limits count in the cache: every worker must see the same one."""
    cache: dict[str, Any] = settings.CACHES["default"]
    if not cache["BACKEND"].endswith(SHARED_CACHES):
        return [Error("The cache must be shared by all workers: the sign-in limits count in it.", id="coursemgmt.E003")]
    if cache["BACKEND"].endswith("DatabaseCache") and cache.get("OPTIONS", {}).get("MAX_ENTRIES", 300) < 10_000:
        return [Error("The cache keeps too few entries: it would forget live counters.", id="coursemgmt.E004")]
    return []


@register(Tags.security, deploy=True)
def secrets(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Two secrets, both long, neither the one of development."""
    found: list[CheckMessage] = []
    if settings.JWT_SIGNING_KEY == settings.SECRET_KEY:
        found.append(Error("JWT_SIGNING_KEY and SECRET_KEY must differ.", id="coursemgmt.E005"))
    if len(settings.JWT_SIGNING_KEY) < 32 or settings.JWT_SIGNING_KEY.startswith("development-only"):
        found.append(Error("JWT_SIGNING_KEY must be at least 32 random characters.", id="coursemgmt.E006"))
    return found


@register(Tags.security, deploy=True)
def addresses(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Links in mail lead to this site, encrypted; mail leaves the machine."""
    found: list[CheckMessage] = []
    if urlsplit(settings.SITE_URL).scheme != "https":
        found.append(Warning("SITE_URL should start with https://: links in mail use it.", id="coursemgmt.W001"))
    if not settings.EMAIL_HOST:
        found.append(Warning("EMAIL_HOST is unset: mail would stay in files.", id="coursemgmt.W002"))
    return found


@register(Tags.security, deploy=True)
def proxies(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Behind a proxy the address that the limits count must be the client's."""
    if bool(settings.SECURE_PROXY_SSL_HEADER) == bool(settings.ALLAUTH_TRUSTED_PROXY_COUNT):
        return []
    return [
        Warning(
            "BEHIND_PROXY and TRUSTED_PROXY_COUNT say different things.",
            hint="Behind a proxy set both; without one, neither: headers of a client are not to be believed.",
            id="coursemgmt.W003",
        )
    ]


@register(Tags.security, deploy=True)
def local_mail(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The page that shows everybody's mail is for development."""
    if settings.SHOW_LOCAL_MAIL:
        return [Error("The page of local mail is open.", hint="Set DEBUG=false.", id="coursemgmt.E007")]
    return []


@register(Tags.security)
def token_families(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A token is good while its family lives: the library's own door, and its list of refused tokens, cannot say so."""
    doors: Any = settings.REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"]
    if doors[0] != "accounts.api.authentication.TokenAuthentication" or any("simplejwt" in door for door in doors):
        return [Error("The API must ask TokenAuthentication for tokens, and nothing else.", id="coursemgmt.E008")]
    return []
