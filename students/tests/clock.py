"""A clock that a test sets: what the site takes for now."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone


class Clock:
    """Stands still at `at` until it is moved."""

    def __init__(self, monkeypatch: Any, at: datetime) -> None:
        self.at = at
        monkeypatch.setattr(timezone, "now", lambda: self.at)

    def move(self, **length: Any) -> datetime:
        self.at += timedelta(**length)
        return self.at
