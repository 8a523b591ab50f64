"""Who may do what with accounts."""

from typing import Any

from accounts.models import User


def can_grant_role(user: Any, person: User) -> bool:
    return user.has_perm("accounts.grant_roles") and user.pk != person.pk


def can_manage_person(user: Any, person: User) -> bool:
    return user.has_perm("accounts.manage_people") and user.pk != person.pk


def can_edit_profile(user: Any, person: User) -> bool:
    """A person's own, and those who manage people."""
    return user.pk == person.pk or user.has_perm("accounts.manage_people")


def can_see_photo(user: Any, person: User) -> bool:
    """Photos are for those who are signed in."""
    return bool(user.is_authenticated)


def is_registrar(user: Any) -> bool:
    return user.has_perm("accounts.view_directory")
