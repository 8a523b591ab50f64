"""What is asked about accounts beyond their own rows."""

import time
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Role, User
from accounts.ranks import may_give

# Recovery codes alone are none: they stand in for a factor that was lost.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


# In the session of a sign-in that waits for its code: the account as it was when the password was right.
BEGAN_AS = "began_as"


def has_second_factor(user: Any) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def has_one_time_codes(user: Any) -> bool:
    """Return whether `user` can be asked for a code; one who has passkeys alone has only recovery codes to send."""
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def live_sessions(user: Any) -> list[UserSession]:
    """Return the sessions of `user` that have not ended, oldest first, in one query however many there are."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return list(UserSession.objects.filter(user_id=user.pk, session_key__in=live).order_by("created_at", "pk"))


def must_set_up_factor(user: Any) -> bool:
    """Return whether `user` is staff without a second factor where one is required."""
    return bool(settings.REQUIRE_STAFF_MFA and user.is_staff and not has_second_factor(user))


def has_confirmed(user: Any, email: str) -> bool:
    """Return whether `user` showed that they read the mail of `email`."""
    confirmed = EmailAddress.objects.filter(user_id=user.pk, verified=True, email__iexact=email)
    # Compared once more here: the database takes letters of other alphabets for the same.
    return any(address.email.lower() == email.lower() for address in confirmed)


def roles_within(user: Any) -> QuerySet[Role]:
    """Return the roles that `user` may give to whoever ranks below, in two queries however many there are."""
    held: dict[int, set[str]] = {}
    permission = ("permissions__content_type__app_label", "permissions__codename")
    for key, app, codename in Role.objects.values_list("pk", *permission):
        held.setdefault(key, set()).add(f"{app}.{codename}")
    may = user.has_perm("accounts.grant_roles")
    within = [key for key, names in held.items() if may and may_give(user, names - {"None.None"})]
    return Role.objects.filter(pk__in=within)


def account_of(email: str) -> User | None:
    """Return the account whose confirmed address, or else whose sign-in name, is `email`, or None."""
    confirmed = EmailAddress.objects.filter(verified=True, email__iexact=email).select_related("user")
    named = User.objects.filter(email__iexact=email)
    found = [(row.email, row.user) for row in confirmed] + [(user.email, user) for user in named]
    return next((user for address, user in found if address.lower() == email.lower()), None)


def just_signed_in(request: Any) -> bool:
    """Return whether the person of this session showed who they are within the time of a fresh sign-in."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < account_settings.REAUTHENTICATION_TIMEOUT


def provider_asked_for_factor(request: Any) -> bool:
    """Return whether a provider began this session of which the operator says that it asks for a second factor."""
    vouching = {
        app.get("provider_id", "")
        for provider in settings.SOCIALACCOUNT_PROVIDERS.values()
        for app in provider["APPS"]
        if app["settings"].get("provides_mfa")
    }
    return any(record.get("provider") in vouching for record in get_authentication_records(request, request.user))


def is_fresh(request: Any) -> bool:
    """Return whether the person of this session showed within five minutes, once more, that it is them."""
    try:
        return not is_reauthentication_required(request, app="accounts")
    except ReauthenticationRequired:
        return False


def may_go_on(request: Any, user: User | None) -> bool:
    """Return whether a sign-in that waits for its code may go on: open account, same password, same factors."""
    if user is None or not user.is_active or not has_second_factor(user):
        return False
    return request.session.get(BEGAN_AS) == user.get_session_auth_hash()
