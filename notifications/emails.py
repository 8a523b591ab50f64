"""The message to somebody who is invited; about accounts, which know no outbox."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.text import capfirst

from accounts.models import Invitation
from accounts.operations import invitation_key, invited
from notifications.events import Event, register
from notifications.guests import Guest
from notifications.operations import notify


def _context(about: Invitation, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    path = reverse("accounts:invitation", args=[about.public_id, invitation_key(about)])
    return {
        "inviter": about.invited_by,
        "role": capfirst(about.role),
        "note": about.note,
        "expires_at": about.expires_at,
        "link": settings.SITE_URL + path,
    }


def _is_newest(about: Invitation, facts: dict[str, Any]) -> bool:
    return about.state == "open" and about.mails == facts.get("mails")


def _tell(invitation: Invitation) -> None:
    notify(
        "invited",
        to=Guest(invitation.email),
        about=invitation,
        key=str(invitation.mails),
        facts={"mails": invitation.mails},
    )


def register_events() -> None:
    register(Event("invited", "emails/accounts/invited", _context, still_true=_is_newest, related=("invited_by",)))
    if _tell not in invited:
        invited.append(_tell)
