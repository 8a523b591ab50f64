"""Read settings from the environment; a malformed value stops the start with a sentence."""

import os
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def read(name: str, default: T, parse: Callable[[str], T], expected: str) -> T:
    """Return the variable `name` parsed, or `default` when it is unset or empty.

    Raises ImproperlyConfigured with a sentence that names the variable and what was `expected`.
    """
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return parse(raw)
    except (ValueError, KeyError) as exc:
        # The value itself is not repeated: it may be a secret.
        raise ImproperlyConfigured(f"The environment variable {name} must be {expected}.") from exc


def text(name: str, default: str = "") -> str:
    return read(name, default, str, "text")


def boolean(name: str, default: bool) -> bool:
    return read(name, default, lambda raw: _WORDS[raw.lower()], "one of true, false, yes, no, on, off, 1 or 0")


def integer(name: str, default: int, least: int = 0) -> int:
    def parse(raw: str) -> int:
        value = int(raw)
        if value < least:
            raise ValueError(raw)
        return value

    return read(name, default, parse, f"a whole number of at least {least}")


def words(name: str, default: list[str]) -> list[str]:
    """Return a comma-separated variable as a list."""
    return read(name, default, lambda raw: [w.strip() for w in raw.split(",") if w.strip()], "a comma-separated list")


def path(name: str, default: Path) -> Path:
    return read(name, default, lambda raw: Path(raw).expanduser().resolve(), "a path")


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    return read(name, default, lambda raw: choices[choices.index(raw.upper())], "one of " + ", ".join(choices))


def zone(name: str, default: str) -> str:
    def parse(raw: str) -> str:
        if raw not in zoneinfo.available_timezones():
            raise ValueError(raw)
        return raw

    return read(name, default, parse, "an IANA zone such as America/New_York")


def url(name: str, default: str) -> str:
    """Return a web address without a slash at its end."""

    def parse(raw: str) -> str:
        parts = urlsplit(raw)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(raw)
        return raw.rstrip("/")

    return read(name, default, parse, "an address such as https://courses.example.edu")


def database(name: str) -> dict[str, object]:
    """Return the entries of DATABASES that an address of a PostgreSQL server gives; its query becomes OPTIONS."""

    def parse(raw: str) -> dict[str, object]:
        parts = urlsplit(raw)
        if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
            raise ValueError(raw)
        return {
            "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": dict(parse_qsl(parts.query)),
        }

    return read(name, {}, parse, "an address such as postgresql://user:password@host/name")
