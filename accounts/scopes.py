"""What the token of a request may do. Which scopes there are and who gives them is written in `settings.API_SCOPES`."""

from importlib import import_module
from typing import Any

from django.conf import settings

from accounts.errors import ScopeMissing
from accounts.models import User

STAFF_READ, STAFF_WRITE = "staff:read", "staff:write"
SAFE = {"GET", "HEAD", "OPTIONS"}


def table() -> Any:
    return import_module(settings.API_SCOPES)


def scopes_of(user: User) -> set[str]:
    """Return what a token of `user` may be given now."""
    return table().scopes_of(user)


def personal_scopes_of(user: User) -> set[str]:
    """Return what a personal token of `user` may be given now, which is less than one who just signed in gets."""
    return scopes_of(user) - table().SIGNED_IN_ONLY


def label_of(scope: str) -> str:
    return str(table().LABELS.get(scope, scope))


def part_in(name: str | None, method: str, granted: set[str]) -> set[str]:
    """Return which of the granted scopes open this operation, all of them where any token does.

    Raises ScopeMissing when none does.
    """
    asked = table().OPERATIONS.get(f"{name} {'GET' if method in SAFE else method}", frozenset())
    part = granted | asked if asked == table().ANYBODY else granted & asked
    if not part:
        raise ScopeMissing()
    return part


def narrow(user: User, method: str, part: set[str]) -> User:
    """Return `user` in the contexts of the token's part alone, without the permissions of staff unless it has these.

    Only this object is changed, never the row.
    """
    user.contexts = frozenset(context for scope in part if (context := table().CONTEXTS.get(scope)))
    as_staff = (STAFF_READ if method in SAFE else STAFF_WRITE) in part
    if (user.is_staff or user.is_superuser) and not as_staff:
        kept = {name for role in ("student", "instructor", "advisor") for name in settings.ROLES[role]}
        user.is_superuser = user.is_staff = False
        user._perm_cache = user.get_all_permissions() & kept  # type: ignore[attr-defined]
    return user


def owner_field(name: str | None, part: set[str]) -> str | None:
    """Return the field that must be the token's owner, or None where whatever they may see is right."""
    if not part <= table().OWN:
        return None
    return next((field for start, field in table().OWNER.items() if (name or "").startswith(start)), None)
