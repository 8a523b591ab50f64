"""Deeds about people whom an identity provider signs in."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.operations.roles import grant_role
from accounts.operations.tokens import end_sign_ins
from accounts.queries import account_of, has_confirmed
from core.locks import lock


@transaction.atomic
def confirmed_by_provider(email: str) -> User | None:
    """Return the account of an address that a trusted provider showed, or None.

    An account that nobody ever confirmed may be that of a stranger who typed the address: it becomes its owner's, its
    password and all its sign-ins end. Closed accounts are returned as they are.
    """
    user = account_of(email)
    if user is None or not user.is_active:
        return user
    if has_confirmed(user, email):
        # The library looks it up in small letters, and takes the password of whoever it does not find.
        EmailAddress.objects.filter(user=user, email__iexact=email).update(email=email.lower())
        return user
    (user,) = lock(user)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    EmailAddress.objects.filter(user=user).exclude(email=email.lower()).delete()
    EmailAddress.objects.update_or_create(user=user, email=email.lower(), defaults={"verified": True, "primary": True})
    end_sign_ins(user)
    user.refresh_from_db(fields=["token_epoch", "session_epoch"])
    welcome_federated(user)
    return user


def welcome_federated(user: User) -> None:
    """Give somebody new the role of `FEDERATED_ROLE`, where the operator set one. Twice is harmless."""
    if settings.FEDERATED_ROLE and not user.groups.exists():
        grant_role(user, settings.FEDERATED_ROLE, by=None)
