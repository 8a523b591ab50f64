"""Deeds about people: their accounts, roles and profiles."""

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.errors import MayNotGrantRole
from accounts.models import User
from accounts.operations.assignments import ADVISOR, end_assignments
from accounts.operations.tokens import end_sign_ins, end_tokens
from accounts.policies import can_edit_profile, can_grant_role, can_manage_person
from accounts.roles import STAFF_ROLES
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
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for role in roles:
        _add_role(user, role)
    return user


@transaction.atomic
def grant_role(user: User, role: str, *, by: User | None) -> None:
    """Give `user` the role. Twice is harmless. Tokens of before end, since they carry less."""
    if by is not None and not can_grant_role(by, user):
        raise MayNotGrantRole()
    (fresh,) = lock(user)
    _add_role(fresh, role)
    end_tokens(fresh)


@transaction.atomic
def remove_role(user: User, role: str, *, by: User | None) -> None:
    """Take the role from `user` and end all tokens at once."""
    if by is not None and not can_grant_role(by, user):
        raise MayNotGrantRole()
    (user,) = lock(user)
    user.groups.remove(Group.objects.get(name=role))
    user.is_staff = user.is_superuser or user.groups.filter(name__in=STAFF_ROLES).exists()
    user.save(update_fields=["is_staff"])
    if role == ADVISOR:
        end_assignments(user, by=by, reason="The role was taken.")
    end_tokens(user)


def _add_role(user: User, role: str) -> None:
    user.groups.add(Group.objects.get(name=role))
    if role in STAFF_ROLES and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])


@transaction.atomic
def deactivate(user: User, *, by: User | None) -> None:
    """Close the account: no sign-in, no token, and what the person held is freed."""
    if by is not None and not can_manage_person(by, user):
        raise NotAllowed()
    (user,) = lock(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sign_ins(user)
    end_assignments(user, by=by, reason="The account was closed.")
    for free in deactivated:
        free(user)


@transaction.atomic
def reactivate(user: User, *, by: User | None) -> None:
    """Open a closed account again; what it held is not given back, and no old token works. Twice is harmless."""
    if by is not None and not can_manage_person(by, user):
        raise NotAllowed()
    (user,) = lock(user)
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
