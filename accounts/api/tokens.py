"""Access and refresh tokens: one family for each sign-in of a script; only its newest refresh token is good."""

import uuid
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.errors import ScopeNotYours
from accounts.models import TokenFamily, User
from accounts.scopes import scopes_of

LONGEST = 4096


class Refused(Exception):
    """The token is not good; why is nobody's business."""


class Reused(Refused):
    """The token was used before: somebody has a copy. Its family has ended."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user


def issue(user: User, scopes: Collection[str] | None = None) -> dict[str, str]:
    """Start a family for `user` and return its first access and refresh token.

    `scopes` narrows what they may do; None means all that `user` can give. Raises ScopeNotYours.
    """
    possible = scopes_of(user)
    if scopes is not None and not set(scopes) <= possible:
        raise ScopeNotYours()
    family = TokenFamily(user=user, scopes=sorted(possible if scopes is None else set(scopes)))
    refresh = _refresh(user, family)
    family.current = str(refresh["jti"])
    family.save()
    return _pair(user, family, refresh)


def rotate(raw: str) -> dict[str, str]:
    """Return a new pair for a refresh token, once: of parallel calls exactly one succeeds.

    An older token of a family is a sign of theft and ends the family. Raises Refused, or Reused then.
    """
    token = _read(RefreshToken, raw)
    with transaction.atomic():
        family = (
            TokenFamily.objects.select_for_update(no_key=True, of=["self"])
            .select_related("user")
            .filter(public_id=token.get("family"))
            .first()
        )
        if family is None or family.revoked_at or _is_too_old(family) or not _is_current(family.user, token):
            raise Refused
        reused = family.current != token["jti"]
        if reused:
            family.revoked_at = timezone.now()
            family.save(update_fields=["revoked_at"])
        else:
            refresh = _refresh(family.user, family)
            family.current, family.used_at = str(refresh["jti"]), timezone.now()
            family.save(update_fields=["current", "used_at"])
    if reused:
        raise Reused(family.user)
    return _pair(family.user, family, refresh)


def revoke(raw: str) -> None:
    """End the family of a refresh token. Raises Refused for a token that is none."""
    token = _read(RefreshToken, raw)
    TokenFamily.objects.filter(public_id=token.get("family"), revoked_at=None).update(revoked_at=timezone.now())


def user_of_access(raw: str) -> User:
    """Return the active person of an access token. Raises Refused."""
    return family_of_access(raw).user


def family_of_access(raw: str) -> TokenFamily:
    """Return the live family of an access token, with its person. Raises Refused."""
    token = _read(AccessToken, raw)
    family = TokenFamily.objects.select_related("user").filter(public_id=token.get("family"), revoked_at=None).first()
    if family is None or not _is_current(family.user, token):
        raise Refused
    return family


def _is_too_old(family: TokenFamily) -> bool:
    return timezone.now() - family.created_at > settings.TOKEN_FAMILY_LIFETIME


def _is_current(user: User, token: Any) -> bool:
    return user.is_active and token.get("epoch") == user.token_epoch and token.get("sub") == str(user.public_id)


def _read(kind: Any, raw: str) -> Any:
    if not isinstance(raw, str) or len(raw) > LONGEST:
        raise Refused
    try:
        token = kind(raw)
        uuid.UUID(str(token.get("family")))
    except (TokenError, ValueError, TypeError) as exc:
        raise Refused from exc
    return token


def _claims(token: Any, user: User, family: TokenFamily) -> Any:
    token["sub"] = str(user.public_id)
    token["family"] = str(family.public_id)
    token["epoch"] = user.token_epoch
    return token


def _refresh(user: User, family: TokenFamily) -> Any:
    return _claims(RefreshToken(), user, family)


def _pair(user: User, family: TokenFamily, refresh: Any) -> dict[str, Any]:
    access = _claims(AccessToken(), user, family)
    seconds = int(settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"].total_seconds())  # type: ignore[attr-defined]
    return {"access": str(access), "refresh": str(refresh), "token_type": "Bearer", "expires_in": seconds}
