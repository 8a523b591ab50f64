"""The messages about data requests; none holds any of the data."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from coursemgmt.models import DataRequest
from notifications.events import Event, register


def _context(about: DataRequest, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    return {"link": settings.SITE_URL + reverse("privacy:my_data")}


def _is(*states: str) -> Any:
    def still_true(about: DataRequest, facts: dict[str, Any]) -> bool:
        return about.state in states

    return still_true


def register_events() -> None:
    register(Event("copy_ready", "emails/privacy/copy_ready", _context, _is("ready")))
    register(Event("erasure_requested", "emails/privacy/erasure_requested", _context, _is("requested")))
    register(Event("erasure_refused", "emails/privacy/erasure_refused", _context, _is("refused")))
    register(Event("erasure_approved", "emails/privacy/erasure_approved", still_true=_is("approved")))
