"""Deeds about people: their accounts and profiles."""

from collections.abc import Callable
from typing import Any

import pghistory
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.errors import AccountErased, LastAdministrator
from accounts.models import AccountEvent, ImpersonationEnd, User
from accounts.office_models import permissions_of
from accounts.operations.assignments import end_assignments
from accounts.operations.tokens import end_sign_ins, end_tokens, end_work_in_names
from accounts.policies import can_edit_profile, can_manage_person
from accounts.ranks import office
from core.errors import NotAllowed
from core.locks import lock

PROFILE = {"given_name", "middle_name", "family_name", "preferred_name", "pronouns", "locale", "time_zone"}

# Called with a person in the transaction that deactivates them; later apps free what the person held.
deactivated: list[Callable[[User], None]] = []


@transaction.atomic
def create_person(email: str, *, by: User | None, password: str | None = None, roles: Any = (), **fields: Any) -> User:
    """Create an account with a confirmed address and the given roles and return it."""
    if by is not None and not by.has_perm("accounts.manage_people"):
        raise NotAllowed()
    user = User.objects.create_user(email, password, **fields)
    EmailAddress.objects.create(user=user, email=user.email.lower(), verified=True, primary=True)
    for role in roles:
        user.groups.add(Group.objects.get(name=role))
    if roles:
        settle(user)
    return user


def give_role(user: User, role: str) -> None:
    """Give `user`, whom the caller has locked, the role, and end the tokens and the work in names of before."""
    user.groups.add(Group.objects.get(name=role))
    settle(user)
    end_tokens(user)
    end_work_in_names(user, ImpersonationEnd.Cause.RIGHT_LOST)


def is_held(user: User, role: str) -> bool:
    return user.groups.filter(name=role).exists()


def settle(user: User) -> None:
    """Let those into the admin, and no others, who hold a role with a permission of the office."""
    is_staff = user.is_superuser or bool(office(permissions_of(user)))
    if user.is_staff != is_staff:
        user.is_staff = is_staff
        user.save(update_fields=["is_staff"])


def lock_with_peers(user: User) -> tuple[User, list[User]]:
    """Lock `user`, and when that is an administrator all the others, so that two at once cannot end each other."""
    peers = User.objects.administrators().exclude(pk=user.pk) if is_held(user, "administrator") else []
    user, *others = lock(user, *peers)
    return user, others


def keep_an_administrator(user: User, peers: list[User]) -> None:
    """Raise LastAdministrator when `user` is an administrator and nobody of `peers`, who are locked, is one."""
    others = User.objects.administrators().filter(pk__in=[peer.pk for peer in peers])
    if is_held(user, "administrator") and not others.exists():
        raise LastAdministrator()


@transaction.atomic
def deactivate(user: User, *, by: User | None, reason: str = "") -> None:
    """Close the account: no sign-in, no token, and what the person held is freed.

    Raises LastAdministrator. Locks the person, of administrators all.
    """
    if by is not None and not can_manage_person(by, user):
        raise NotAllowed()
    user, peers = lock_with_peers(user)
    if by is not None:
        keep_an_administrator(user, peers)
    with pghistory.context(reason=reason):
        AccountEvent.objects.create(user=user, kind=AccountEvent.Kind.CLOSED, actor=by, reason=reason)
        user.is_active = False
        user.save(update_fields=["is_active"])
    end_sign_ins(user)
    end_assignments(user, by=by, reason="The account was closed.")
    for free in deactivated:
        free(user)


@transaction.atomic
def reactivate(user: User, *, by: User | None, reason: str = "") -> None:
    """Open a closed account again; what it held is not given back, and no old token works. Twice is harmless."""
    if by is not None and not can_manage_person(by, user):
        raise NotAllowed()
    (user,) = lock(user)
    if user.is_erased:
        raise AccountErased()
    if user.is_active:
        return
    with pghistory.context(reason=reason):
        AccountEvent.objects.create(user=user, kind=AccountEvent.Kind.OPENED, actor=by, reason=reason)
        user.is_active = True
        user.save(update_fields=["is_active"])


@transaction.atomic
def change_profile(user: User, *, by: User | None, **fields: Any) -> User:
    """Change what a person says about themselves and return them. ValidationError for a value that is malformed."""
    if by is not None and not can_edit_profile(by, user):
        raise NotAllowed()
    if unknown := set(fields) - PROFILE:
        raise ValueError(f"Not part of a profile: {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(user, name, value)
    user.clean_fields(exclude={field.name for field in User._meta.fields} - set(fields))
    user.save(update_fields=sorted(fields))
    return user
