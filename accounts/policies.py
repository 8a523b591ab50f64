"""Who may do what with accounts."""

from typing import Any

from accounts.models import User
from accounts.querysets import acts_as_advisor, advisees_of, roles_to_give


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


def advises(user: Any, person: Any) -> bool:
    """Is `user` the advisor of this person now? One's other advisees and roles are not asked."""
    if not user.is_authenticated or not acts_as_advisor(user):
        return False
    return advisees_of(user).filter(advisee_id=person.pk).exists()


def can_assign_advisors(user: Any) -> bool:
    return bool(user.has_perm("accounts.assign_advisors"))


def can_assign_advisor(user: Any, advisee: User, advisor: User) -> bool:
    """Nobody assigns oneself, and nobody chooses the own advisor."""
    return can_assign_advisors(user) and user.pk not in (advisee.pk, advisor.pk)
