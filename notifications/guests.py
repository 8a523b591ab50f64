"""Those who get mail before they have an account."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings


@dataclass(frozen=True)
class Guest:
    """Somebody of whom only the address is known; reads in the language and zone of the campus."""

    email: str
    pk: None = None
    is_active: bool = True

    @property
    def display_name(self) -> str:
        return self.email.partition("@")[0]

    @property
    def locale(self) -> str:
        return settings.LANGUAGE_CODE

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(settings.CAMPUS_TIME_ZONE)
