"""Who may do what with accounts."""

from typing import Any

from accounts.models import Role, User
from accounts.office_models import permissions_of
from accounts.querysets import acts_as_advisor, advisees_of, roles_to_give
from accounts.ranks import is_below, may_give


def can_grant_role(user: Any, person: User, role: Role) -> bool:
    """Give or take: never of oneself nor of whoever ranks alike or above, and no role that does."""
    if user.pk == person.pk or not may_give(user, permissions_of(person)):
        return False
    return can_grant(user, role)


def can_grant(user: Any, role: Role) -> bool:
    """Give or take this role at all, of those who rank below: administrators all, others those below their own."""
    return bool(user.has_perm("accounts.grant_roles")) and may_give(user, role.permission_names())


def can_assemble_roles(user: Any) -> bool:
    return user.has_perm("accounts.edit_roles")


def can_manage_person(user: Any, person: User) -> bool:
    """Close and open the account: who manages people of all who do not rank above, the course office of students."""
    if user.pk == person.pk:
        return False
    if user.has_perm("accounts.manage_people") and may_give(user, permissions_of(person)):
        return True
    roles = {group.name for group in person.groups.all()}
    return user.has_perm("accounts.manage_student_accounts") and not person.is_staff and roles <= {"student"}


def can_reset_sign_in(user: Any, person: User) -> bool:
    """End the sign-ins and remove the factors: of the same people."""
    return can_manage_person(user, person)


def can_impersonate(user: Any, person: User) -> bool:
    """Administrators, of those below them whose account is open."""
    return (
        user.has_perm("accounts.impersonate")
        and user.pk != person.pk
        and person.is_active
        and is_below(user, permissions_of(person))
    )


def can_edit_profile(user: Any, person: User) -> bool:
    """A person's own, and those who manage people: of all who do not rank above."""
    if user.pk == person.pk:
        return True
    return bool(user.has_perm("accounts.manage_people")) and may_give(user, permissions_of(person))


def can_see_photo(user: Any, person: User) -> bool:
    """The person, and who may open the account: a photo tells the name that somebody keeps."""
    return user.is_authenticated and (user.pk == person.pk or is_registrar(user) or advises(user, person))


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
