"""Who stands above whom: a rank is what one may do in the office, told by the names of permissions."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

STAFF_ROLES = {"administrator", "registrar"}
# What makes an administrator: in no role that somebody assembles.
RESERVED = {"accounts.edit_roles", "accounts.impersonate"}


def everyday() -> set[str]:
    """Return what people do for themselves and in their classes: the permissions of the roles outside the office."""
    return {name for role, names in settings.ROLES.items() if role not in STAFF_ROLES for name in names}


def office(names: Iterable[str]) -> set[str]:
    """Return which of these permissions are those of the office; whoever holds one is staff."""
    return set(names) - everyday()


def is_administrator(user: Any) -> bool:
    return has_all_of_an_administrator(user.get_all_permissions())


def has_all_of_an_administrator(names: Iterable[str]) -> bool:
    return office(settings.ROLES["administrator"]) <= set(names)


def may_give(user: Any, names: Iterable[str]) -> bool:
    """May `user` give or take a role that holds these permissions?

    Administrators any. Others only what is below them: nothing that they lack, and less than all that they may do in
    the office themselves.
    """
    if is_administrator(user):
        return True
    wanted, held = set(names), user.get_all_permissions()
    return wanted <= held | everyday() and not office(held) <= wanted


def is_below(user: Any, names: Iterable[str]) -> bool:
    """Does somebody with these permissions rank below `user`? An administrator ranks below nobody."""
    return may_give(user, names) and not has_all_of_an_administrator(names)
