"""Chainable reads of people."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.base_user import BaseUserManager
from django.db import models
from django.utils import timezone

from accounts.ranks import may_give

if TYPE_CHECKING:
    from accounts.models import RoleAssignment, User  # noqa: F401  named in quotes below


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def in_role(self, role: str) -> "UserQuerySet":
        return self.filter(groups__name=role)

    def administrators(self) -> "UserQuerySet":
        """Keep the administrators whose account is open."""
        return self.active().in_role("administrator")

    def matching(self, words: str) -> "UserQuerySet":
        """Keep the people of whom every word stands in a name or the address."""
        found = self
        for word in words.split()[:10]:
            found = found.filter(
                models.Q(given_name__icontains=word)
                | models.Q(preferred_name__icontains=word)
                | models.Q(family_name__icontains=word)
                | models.Q(email__icontains=word)
            )
        return found

    def visible_to(self, user: Any) -> "UserQuerySet":
        """Return the people whose account record `user` may open: staff all, others themselves."""
        if not user.is_authenticated:
            return self.none()
        if user.has_perm("accounts.view_directory"):
            return self
        return self.filter(models.Q(pk=user.pk) | models.Q(pk__in=advisees_of(user)))


def confirmed_addresses(user: Any) -> list[str]:
    """Return the addresses whose mail `user` showed to read, in small letters."""
    found = user.emailaddress_set.filter(verified=True).values_list("email", flat=True)
    return [email.lower() for email in found]


def acts_as_advisor(user: Any) -> bool:
    """May `user` advise anybody in this request? Only the role gives it, whoever was assigned to them."""
    in_context = user.contexts is None or "advisee" in user.contexts
    return in_context and bool(user.has_perm("accounts.advise_students"))


def advisees_of(user: Any) -> models.QuerySet[Any, Any]:
    """Return the keys of the people whom `user`, who is signed in, advises now."""
    from django.apps import apps  # the model stands right of this layer

    assignments = apps.get_model("accounts", "RoleAssignment").objects
    found = assignments.filter(user_id=user.pk).active() if acts_as_advisor(user) else assignments.none()
    return found.values("advisee")


class RoleAssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    def active(self) -> "RoleAssignmentQuerySet":
        return self.standing().filter(valid_from__lte=timezone.now())

    def standing(self) -> "RoleAssignmentQuerySet":
        """Those that are not over, also when they have not begun."""
        return self.filter(models.Q(valid_to=None) | models.Q(valid_to__gt=timezone.now()))

    def visible_to(self, user: Any) -> "RoleAssignmentQuerySet":
        """A student's own advisors, an advisor's own advisees of now, and all for those who assign them."""
        if not user.is_authenticated:
            return self.none()
        if user.has_perm("accounts.assign_advisors"):
            return self
        held = models.Q(user_id=user.pk, advisee__in=advisees_of(user))
        return self.filter(models.Q(advisee_id=user.pk) | held)


class PersonalTokenQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "PersonalTokenQuerySet":
        """One's own; the secret of the calendar feed has a page of its own."""
        return self.filter(user_id=user.pk).exclude(scopes=["feed"]) if user.is_authenticated else self.none()

    def live(self) -> "PersonalTokenQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class InvitationQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "InvitationQuerySet":
        """Those who invite see the invitations to roles that they may give."""
        return self.filter(role__in=roles_to_give(user))

    def open_now(self) -> "InvitationQuerySet":
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())

    def in_state(self, state: str) -> "InvitationQuerySet":
        """Keep those of which `state` says "open", "expired", "accepted" or "revoked"."""
        if state in {"accepted", "revoked"}:
            return self.exclude(**{f"{state}_at": None})
        waiting = self.filter(accepted_at=None, revoked_at=None)
        now = timezone.now()
        return waiting.filter(expires_at__gt=now) if state == "open" else waiting.filter(expires_at__lte=now)


def roles_to_give(user: Any) -> list[str]:
    """Return the built-in roles to which `user` may invite: administrators all, the office those below its own."""
    if not user.is_authenticated or not user.is_active:
        return []
    # Who follows an invitation is given its role by whoever invited.
    if not user.has_perms(["accounts.invite_people", "accounts.grant_roles"]):
        return []
    return [role for role, names in settings.ROLES.items() if may_give(user, names)]


class ImpersonationQuerySet(models.QuerySet[Any]):
    def live(self) -> "ImpersonationQuerySet":
        return self.filter(end=None, started_at__gt=timezone.now() - self.model.LONGEST)

    def of(self, user: Any) -> "ImpersonationQuerySet":
        """Those in which `user` works in a name, or lends it."""
        return self.filter(models.Q(actor_id=user.pk) | models.Q(subject_id=user.pk))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)
