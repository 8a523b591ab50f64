"""Who may look into the outbox."""

from typing import Any


def can_see_outbox(user: Any) -> bool:
    return user.has_perm("notifications.view_outbox")


def can_resend(user: Any) -> bool:
    return can_see_outbox(user)
