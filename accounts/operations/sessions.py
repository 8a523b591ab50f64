"""Deeds about sessions in browsers and the factors that open them."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import AccountEvent, User
from accounts.operations.tokens import end_sign_ins
from accounts.policies import can_reset_sign_in
from core.errors import NotAllowed
from core.locks import lock


def end_session(session: UserSession, *, by: User | None) -> None:
    """End one session in a browser; its next request is that of a stranger."""
    if by is not None and by.pk != session.user_id:
        raise NotAllowed()
    session.end()


@transaction.atomic
def sign_out_everywhere(user: User, *, by: User | None, reason: str = "") -> None:
    """End every session, token and feed of `user`. Twice is harmless."""
    if by is not None and by.pk != user.pk and not can_reset_sign_in(by, user):
        raise NotAllowed()
    (user,) = lock(user)
    if by is None or by.pk != user.pk:
        AccountEvent.objects.create(user=user, kind=AccountEvent.Kind.SIGN_INS_ENDED, actor=by, reason=reason)
    end_sign_ins(user)


@transaction.atomic
def reset_factors(user: User, *, by: User | None, reason: str = "") -> None:
    """Remove every second factor of `user`, who lost them, and end all that was signed in. Twice is harmless."""
    if by is not None and not can_reset_sign_in(by, user):
        raise NotAllowed()
    (user,) = lock(user)
    AccountEvent.objects.create(user=user, kind=AccountEvent.Kind.FACTORS_REMOVED, actor=by, reason=reason)
    Authenticator.objects.filter(user=user).delete()
    end_sign_ins(user)
