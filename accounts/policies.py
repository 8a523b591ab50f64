"""Who may do what with accounts."""

from typing import Any

from accounts.models import User
from accounts.querysets import roles_to_give


def can_grant_role(user: Any, person: User) -> bool:
    return user.has_perm("accounts.grant_roles") and user.pk != person.pk


def can_manage_person(user: Any, person: User) -> bool:
    return user.has_perm("accounts.manage_people") and user.pk != person.pk


def can_reset_sign_in(user: Any, person: User) -> bool:
    """Administrators for everybody but themselves; the course office for students alone."""
    if user.pk == person.pk:
        return False
    if user.has_perm("accounts.grant_roles"):
        return True
    roles = {group.name for group in person.groups.all()}
    return user.has_perm("accounts.view_directory") and not person.is_staff and roles <= {"student"}


def can_edit_profile(user: Any, person: User) -> bool:
    """A person's own, and those who manage people."""
    return user.pk == person.pk or user.has_perm("accounts.manage_people")


def can_see_photo(user: Any, person: User) -> bool:
    """Photos are for those who are signed in."""
    return bool(user.is_authenticated)


def is_registrar(user: Any) -> bool:
    return user.has_perm("accounts.view_directory")


def can_invite_people(user: Any) -> bool:
    return bool(roles_to_give(user))


def can_invite(user: Any, role: str) -> bool:
    """To the built-in roles that `user` may give: administrators all, the course office those below its own."""
    return role in roles_to_give(user)
