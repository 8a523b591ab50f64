"""Deeds about roles: who holds them, and those that an administrator assembles."""

from collections.abc import Collection

import pghistory
from django.db import transaction

from accounts.errors import BuiltInRole, MayNotGrantRole, NotANamedPermission, RoleNameTaken, RoleOfOneself
from accounts.models import AccountEvent, ImpersonationEnd, Role, User
from accounts.office_models import permissions_of
from accounts.operations.assignments import end_assignments
from accounts.operations.people import give_role, is_held, keep_an_administrator, lock_with_peers, settle
from accounts.operations.tokens import end_tokens, end_work_in_names
from accounts.policies import can_assemble_roles, can_grant, can_grant_role
from accounts.ranks import may_give
from accounts.roles import named_permissions
from core.errors import NotAllowed
from core.locks import lock

Kind = AccountEvent.Kind
ADVISE = "accounts.advise_students"


@transaction.atomic
def grant_role(user: User, role: str, *, by: User | None, reason: str = "") -> None:
    """Give `user` the role. Twice is harmless. Tokens of before end, since they carry less.

    Locks the person, then the role.
    """
    found = Role.objects.get(name=role)
    if by is not None and not can_grant_role(by, user, found):
        raise MayNotGrantRole()
    _give(user, found, by=by, reason=reason)


@transaction.atomic
def grant_invited(user: User, role: str, *, by: User, reason: str) -> None:
    """Give `user`, who took the invitation of `by`, its role: they wanted it, so their own rank is not asked.

    Raises MayNotGrantRole. Locks the person, then the role.
    """
    found = Role.objects.get(name=role)
    if user.pk == by.pk or not can_grant(by, found):
        raise MayNotGrantRole()
    _give(user, found, by=by, reason=reason)


def _give(user: User, found: Role, *, by: User | None, reason: str) -> None:
    role = found.name
    user, _role = lock(user, found)
    with pghistory.context(reason=reason):
        if not is_held(user, role):
            AccountEvent.objects.create(user=user, kind=Kind.ROLE_GIVEN, role=role, actor=by, reason=reason)
        give_role(user, role)


@transaction.atomic
def remove_role(user: User, role: str, *, by: User | None, reason: str = "") -> None:
    """Take the role from `user` and end all tokens at once, those made by hand too. Twice is harmless.

    Raises LastAdministrator. Locks the person, of administrators all, then the role.
    """
    found = Role.objects.get(name=role)
    if by is not None and not can_grant_role(by, user, found):
        raise MayNotGrantRole()
    user, peers = lock_with_peers(user)
    lock(found)
    if by is not None and found.name == "administrator":
        keep_an_administrator(user, peers)
    with pghistory.context(reason=reason):
        if is_held(user, role):
            AccountEvent.objects.create(user=user, kind=Kind.ROLE_TAKEN, role=role, actor=by, reason=reason)
        user.groups.remove(found)
        _settle(user, by)


@transaction.atomic
def make_role(name: str, permissions: Collection[str], *, by: User | None, reason: str = "") -> Role:
    """Assemble a role of these permissions and return it. Raises RoleNameTaken, NotANamedPermission."""
    _check(by, permissions)
    name = _free_name(name)
    with pghistory.context(reason=reason):
        role = Role.objects.create(name=name)
        _put(role, permissions)
    return role


@transaction.atomic
def change_role(role: Role, *, by: User | None, name: str, permissions: Collection[str], reason: str = "") -> Role:
    """Give an assembled role this name and exactly these permissions. The tokens of all who hold it end.

    Raises BuiltInRole, RoleOfOneself, RoleNameTaken, NotANamedPermission. Locks all who hold it, then the role.
    """
    role = _locked(role, by)
    _check(by, permissions)
    with pghistory.context(reason=reason):
        if role.name != name.strip():
            role.name = _free_name(name, but=role)
            role.save(update_fields=["name"])
        _put(role, permissions)
        for user in User.objects.filter(groups=role):
            _settle(user, by)
    return role


@transaction.atomic
def remove_assembled_role(role: Role, *, by: User | None, reason: str = "") -> None:
    """Take an assembled role from all who hold it, end their tokens, and remove it.

    Raises BuiltInRole, RoleOfOneself. Locks all who hold it, then the role.
    """
    role = _locked(role, by)
    holders = list(User.objects.filter(groups=role))
    with pghistory.context(reason=reason):
        for user in holders:
            AccountEvent.objects.create(user=user, kind=Kind.ROLE_TAKEN, role=role.name, actor=by, reason=reason)
            user.groups.remove(role)
        role.permissions.clear()
        role.delete()
        for user in holders:
            _settle(user, by)


def _locked(role: Role, by: User | None) -> Role:
    if by is not None and not can_assemble_roles(by):
        raise NotAllowed()
    role = lock(*User.objects.filter(groups=role), role)[-1]
    if role.is_built_in:
        raise BuiltInRole(role=role.name)
    if by is not None and (is_held(by, role.name) or not may_give(by, role.permission_names())):
        raise RoleOfOneself()
    return role


def _check(by: User | None, permissions: Collection[str]) -> None:
    if by is not None and not can_assemble_roles(by):
        raise NotAllowed()
    if not permissions or not set(permissions) <= set(named_permissions()):
        raise NotANamedPermission()
    if by is not None and not may_give(by, permissions):
        raise MayNotGrantRole()


def _free_name(name: str, but: Role | None = None) -> str:
    name = name.strip()
    others = Role.objects.exclude(pk=but.pk) if but else Role.objects.all()
    if others.filter(name__iexact=name).exists():
        raise RoleNameTaken()
    Role(name=name).clean_fields()
    return name


def _put(role: Role, permissions: Collection[str]) -> None:
    known = named_permissions()
    role.permissions.set([known[name] for name in permissions])


def _settle(user: User, by: User | None) -> None:
    """Draw what follows when somebody holds less: the admin shuts, and all tokens, work in names and advising end."""
    settle(user)
    end_work_in_names(user, ImpersonationEnd.Cause.RIGHT_LOST)
    if ADVISE not in permissions_of(user):
        end_assignments(user, by=by, reason="The role was taken.")
    end_tokens(user, personal=True)
