"""Deeds about invitations: one role for whoever reads the mail of one address."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.errors import AlreadyInvited, HasAccount, InvitationOver, InvitedAnother, MayNotInvite
from accounts.models import Invitation, User
from accounts.operations.people import create_person
from accounts.operations.roles import grant_invited
from accounts.operations.tokens import end_sign_ins
from accounts.policies import can_invite
from accounts.queries import account_of, has_confirmed
from core.locks import lock

GOOD_FOR = timedelta(days=7)
INVITED = "Invitation"

# Called with an invitation in the transaction in which its mail becomes due.
invited: list[Callable[[Invitation], Any]] = []


def invite(email: str, role: str, *, by: User, note: str = "") -> Invitation:
    """Invite whoever reads the mail of `email` to `role` and return the Invitation.

    The answer is the same whether or not the address has an account. Raises MayNotInvite, ValidationError for what is
    no address, and AlreadyInvited while an earlier one is open. One that ended makes room.
    """
    email = email.strip().lower()
    validate_email(email)
    if not can_invite(by, role) or has_confirmed(by, email):
        raise MayNotInvite()
    ends = timezone.now() + GOOD_FOR
    try:
        with transaction.atomic():
            _withdraw_ended(email, role)
            invitation = Invitation(email=email, role=role, note=note.strip(), invited_by=by, expires_at=ends)
            invitation.clean_fields()
            invitation.save()
            _announce(invitation)
    except IntegrityError as exc:
        raise AlreadyInvited() from exc
    return invitation


def _withdraw_ended(email: str, role: str) -> None:
    ended = Invitation.objects.in_state("expired").filter(email__iexact=email, role=role)
    ended.update(revoked_at=timezone.now())


def _announce(invitation: Invitation) -> None:
    for tell in invited:
        tell(invitation)


@transaction.atomic
def resend_invitation(invitation: Invitation, *, by: User) -> Invitation:
    """Send a new mail, whose link is good for seven days; the link of the mail before is not good any more.

    Raises MayNotInvite, or InvitationOver for one that was accepted or taken back. Locks the invitation.
    """
    if not can_invite(by, invitation.role):
        raise MayNotInvite()
    (invitation,) = lock(invitation)
    if invitation.accepted_at or invitation.revoked_at:
        raise InvitationOver()
    invitation.mails += 1
    invitation.expires_at = timezone.now() + GOOD_FOR
    invitation.save(update_fields=["mails", "expires_at"])
    _announce(invitation)
    return invitation


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    """Take an invitation back: its link opens nothing. Twice is harmless; InvitationOver when it was accepted."""
    if not can_invite(by, invitation.role):
        raise MayNotInvite()
    (invitation,) = lock(invitation)
    if invitation.accepted_at:
        raise InvitationOver()
    if not invitation.revoked_at:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])


def accept_invitation(invitation: Invitation, *, by: User) -> User:
    """Give `by`, whose confirmed address was invited, the role and return them.

    Raises InvitedAnother or InvitationOver. Locks the one who invited, `by`, then the invitation: of two at once one
    finds it over.
    """
    with transaction.atomic():
        inviter, user, invitation = lock(invitation.invited_by, by, invitation)
        if user.pk == inviter.pk or not user.is_active or not has_confirmed(user, invitation.email):
            raise InvitedAnother()
        _accept(invitation, user, inviter)
    return user


def accept_as_newcomer(invitation: Invitation, *, password: str, given_name: str, family_name: str = "") -> User:
    """Make the account of whoever follows the link, with a confirmed address and the role, and return it.

    An account that somebody made for this address without ever confirming it is taken over: its password and all its
    sign-ins end. Raises HasAccount when the address is confirmed, InvitationOver, ValidationError for a weak password.
    Locks the one who invited and the unconfirmed account, then the invitation.
    """
    names = {"given_name": given_name.strip(), "family_name": family_name.strip()}
    try:
        with transaction.atomic():
            inviter, found, invitation = lock(invitation.invited_by, account_of(invitation.email), invitation)
            _refuse_if_over(invitation, inviter)
            if found and has_confirmed(found, invitation.email):
                raise HasAccount()
            validate_password(password, found or User(email=invitation.email, **names))
            user = _taken_over(found, password, names) if found else _made(invitation, password, names)
            _accept(invitation, user, inviter)
    except IntegrityError as exc:
        # Somebody signed up with the address at this moment.
        raise HasAccount() from exc
    return user


def _made(invitation: Invitation, password: str, names: dict[str, str]) -> User:
    user = create_person(invitation.email, by=None, password=password, **names)
    user.clean_fields(exclude=["password"])
    return user


def _taken_over(user: User, password: str, names: dict[str, str]) -> User:
    if not user.is_active:
        raise InvitationOver()
    user.given_name, user.family_name = names["given_name"], names["family_name"]
    user.set_password(password)
    user.clean_fields(exclude=["password"])
    user.save(update_fields=["given_name", "family_name", "password"])
    EmailAddress.objects.filter(user=user).exclude(email=user.email.lower()).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email.lower(), defaults={"verified": True, "primary": True}
    )
    end_sign_ins(user)
    user.refresh_from_db(fields=["token_epoch", "session_epoch"])
    return user


def _accept(invitation: Invitation, user: User, inviter: User) -> None:
    _refuse_if_over(invitation, inviter)
    grant_invited(user, invitation.role, by=inviter, reason=INVITED)
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])


def _refuse_if_over(invitation: Invitation, inviter: User) -> None:
    # The right to give the role is asked once more: whoever invited may have lost it since.
    if invitation.state != "open" or not can_invite(inviter, invitation.role):
        raise InvitationOver()


def invitation_key(invitation: Invitation) -> str:
    """Return what the link of the newest mail carries; it is stored nowhere, a copy of the database opens nothing."""
    return _key(invitation, settings.SECRET_KEY)


def opened(public_id: Any, key: str) -> Invitation:
    """Return the open invitation of this link. Raises InvitationOver for any that is not good, whatever is wrong."""
    invitation = Invitation.objects.open_now().select_related("invited_by").filter(public_id=public_id).first()
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if invitation is None or not any(constant_time_compare(key, _key(invitation, secret)) for secret in secrets):
        raise InvitationOver()
    return invitation


def _key(invitation: Invitation, secret: str | bytes) -> str:
    said = f"{invitation.public_id}:{invitation.email}:{invitation.role}:{invitation.mails}"
    return salted_hmac("accounts.Invitation", said, secret=secret, algorithm="sha256").hexdigest()
