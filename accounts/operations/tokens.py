"""Deeds about what stands for a person: tokens of scripts and the calendar feed."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.errors import ScopeNotYours
from accounts.models import ImpersonationEnd, ImpersonationSession, PersonalToken, TokenFamily, User
from accounts.scopes import personal_scopes_of
from core.errors import NotAllowed
from core.locks import lock

# Recognizable, so that one that was published by mistake is found.
PERSONAL_PREFIX = "cms_"


def end_tokens(user: User, *, personal: bool = False) -> None:
    """End every JWT of `user` from this moment on, and with `personal` the tokens made by hand; a feed stays."""
    User.objects.filter(pk=user.pk).update(token_epoch=F("token_epoch") + 1)
    TokenFamily.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    if personal:
        made = PersonalToken.objects.filter(user=user, revoked_at=None).exclude(scopes=["feed"])
        made.update(revoked_at=timezone.now())


def end_sign_ins(user: User) -> None:
    """End every session, JWT, personal token and calendar feed of `user`, and all work in their name or theirs."""
    end_tokens(user)
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    UserSession.objects.filter(user=user).delete()
    PersonalToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    end_work_in_names(user, ImpersonationEnd.Cause.SIGN_INS_ENDED)


def end_work_in_names(user: User, cause: str) -> None:
    """End all work in the name of `user`, and that of `user` in the names of others."""
    ended = [ImpersonationEnd(session=session, cause=cause) for session in ImpersonationSession.objects.live().of(user)]
    ImpersonationEnd.objects.bulk_create(ended, ignore_conflicts=True)


@transaction.atomic
def mint_token(user: User, name: str, scopes: Collection[str], *, days: int, by: User) -> str:
    """Make a personal token for `user` and return its secret, the only time it is known. Raises ScopeNotYours."""
    if by.pk != user.pk:
        raise NotAllowed()
    if not scopes or not set(scopes) <= personal_scopes_of(user):
        raise ScopeNotYours()
    lock(user)
    ends = timezone.now() + min(timedelta(days=days), settings.PERSONAL_TOKEN_LIFETIME)
    secret = PERSONAL_PREFIX + secrets.token_urlsafe(32)
    PersonalToken.objects.create(user=user, name=name, hash=hashed(secret), scopes=sorted(scopes), expires_at=ends)
    return secret


def revoke_token(token: PersonalToken, *, by: User) -> None:
    """End a personal token. Twice is harmless."""
    if by.pk != token.user_id:
        raise NotAllowed()
    PersonalToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def live_token(secret: str) -> PersonalToken | None:
    """Return the personal token of this secret with its active person, or None."""
    found = PersonalToken.objects.select_related("user").filter(hash=hashed(secret), revoked_at=None)
    return found.filter(expires_at__gt=timezone.now(), user__is_active=True).first()


def hashed(secret: str) -> str:
    # The secret is random and long: a plain digest cannot be guessed back.
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def rotate_feed(user: User, *, by: User) -> str:
    """Give `user` a new calendar feed secret and return it, the only time it is shown; the old one ends at once."""
    if by.pk != user.pk:
        raise NotAllowed()
    lock(user)
    disable_feed(user, by=by)
    secret = secrets.token_urlsafe(32)
    PersonalToken.objects.create(user=user, name="Calendar feed", hash=hashed(secret), scopes=["feed"])
    return secret


def disable_feed(user: User, *, by: User) -> None:
    """End the calendar feed of `user`; without one nothing happens."""
    if by.pk != user.pk:
        raise NotAllowed()
    PersonalToken.objects.filter(user=user, scopes=["feed"], revoked_at=None).update(revoked_at=timezone.now())


def live_feed(user: User) -> PersonalToken | None:
    """Return what is kept of the feed of `user` that is on, or None."""
    return PersonalToken.objects.filter(user=user, scopes=["feed"], revoked_at=None).first()


def feed_owner(secret: str) -> User | None:
    """Return the active person whose feed this secret opens, or None."""
    token = (
        PersonalToken.objects.select_related("user")
        .filter(hash=hashed(secret), scopes=["feed"], revoked_at=None, user__is_active=True)
        .first()
    )
    return token.user if token else None
