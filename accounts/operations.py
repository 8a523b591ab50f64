"""Deeds about accounts, their tokens and photos."""

import hashlib
import io
import secrets
from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.errors import MayNotGrantRole, PhotoRefused
from accounts.models import IdempotencyRecord, PersonalToken, TokenFamily, User
from accounts.policies import can_edit_profile, can_grant_role, can_manage_person
from accounts.roles import STAFF_ROLES
from core.errors import NotAllowed
from core.locks import lock

PHOTO_BYTES = 5 * 1024 * 1024
PHOTO_PIXELS = 40_000_000
PHOTO_EDGE = 512
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")
PROFILE = {"given_name", "middle_name", "family_name", "preferred_name", "pronouns", "locale", "time_zone"}

# Called with a person in the transaction that deactivates them; later apps free what the person held.
deactivated: list[Callable[[User], None]] = []


@transaction.atomic
def create_person(email: str, *, by: User | None, password: str | None = None, roles: Any = (), **fields: Any) -> User:
    """Create an account with a confirmed address and the given roles and return it."""
    if by is not None and not by.has_perm("accounts.manage_people"):
        raise NotAllowed()
    user = User.objects.create_user(email, password, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for role in roles:
        _add_role(user, role)
    return user


@transaction.atomic
def grant_role(user: User, role: str, *, by: User | None) -> None:
    """Give `user` the role. Twice is harmless. Tokens of before end, since they carry less."""
    if by is not None and not can_grant_role(by, user):
        raise MayNotGrantRole()
    (fresh,) = lock(user)
    _add_role(fresh, role)
    end_tokens(fresh)


@transaction.atomic
def remove_role(user: User, role: str, *, by: User | None) -> None:
    """Take the role from `user` and end all tokens at once."""
    if by is not None and not can_grant_role(by, user):
        raise MayNotGrantRole()
    (user,) = lock(user)
    user.groups.remove(Group.objects.get(name=role))
    user.is_staff = user.is_superuser or user.groups.filter(name__in=STAFF_ROLES).exists()
    user.save(update_fields=["is_staff"])
    end_tokens(user)


def _add_role(user: User, role: str) -> None:
    user.groups.add(Group.objects.get(name=role))
    if role in STAFF_ROLES and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])


@transaction.atomic
def deactivate(user: User, *, by: User | None) -> None:
    """Close the account: no sign-in, no token, and what the person held is freed."""
    if by is not None and not can_manage_person(by, user):
        raise NotAllowed()
    (user,) = lock(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_tokens(user)
    PersonalToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    for free in deactivated:
        free(user)


@transaction.atomic
def reactivate(user: User, *, by: User | None) -> None:
    """Open a closed account again; what it held is not given back, and no old token works. Twice is harmless."""
    if by is not None and not can_manage_person(by, user):
        raise NotAllowed()
    (user,) = lock(user)
    user.is_active = True
    user.save(update_fields=["is_active"])


def end_tokens(user: User) -> None:
    """End every JWT of `user` from this moment on."""
    User.objects.filter(pk=user.pk).update(token_epoch=F("token_epoch") + 1)
    TokenFamily.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


def end_tokens_of_change(user: User, **kwargs: Any) -> None:
    """Receive the sign-in library's word that a password or an address changed: scripts sign in anew."""
    end_tokens(user)


@transaction.atomic
def change_profile(user: User, *, by: User | None, **fields: Any) -> User:
    """Change what a person says about themselves and return them. ValidationError for a value that is malformed."""
    if by is not None and not can_edit_profile(by, user):
        raise NotAllowed()
    if unknown := set(fields) - PROFILE:
        raise ValueError(f"Not part of a profile: {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(user, name, value)
    user.clean_fields(exclude={field.name for field in User._meta.fields} - set(fields))
    user.save(update_fields=sorted(fields))
    return user


def set_photo(user: User, upload: Any, *, by: User) -> None:
    """Decode the photo, draw it anew (which drops all metadata) and store it under a random name.

    Raises PhotoRefused. The name and the content type that came with the upload are not looked at.
    """
    if not can_edit_profile(by, user):
        raise NotAllowed()
    _store_photo(user, ContentFile(_drawn_anew(upload), "photo"))


def remove_photo(user: User, *, by: User) -> None:
    """Remove the photo of `user`; without one nothing happens."""
    if not can_edit_profile(by, user):
        raise NotAllowed()
    if user.photo:
        _store_photo(user, None)


def _drawn_anew(upload: Any) -> bytes:
    if upload.size > PHOTO_BYTES:
        raise PhotoRefused()
    try:
        # Only these decoders are tried: the others of the library have read hostile files badly before.
        with Image.open(upload, formats=PHOTO_FORMATS) as image:
            # The size is told by the head of the file; a bomb is refused before a pixel is unpacked.
            if image.width * image.height > PHOTO_PIXELS:
                raise PhotoRefused()
            small = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
        raise PhotoRefused() from exc
    small.thumbnail((PHOTO_EDGE, PHOTO_EDGE))
    drawn = io.BytesIO()
    small.save(drawn, "JPEG", quality=85)
    return drawn.getvalue()


@transaction.atomic
def _store_photo(user: User, content: ContentFile | None) -> None:
    (fresh,) = lock(user)
    old, storage = fresh.photo.name, fresh.photo.storage
    user.photo = content
    user.save(update_fields=["photo"])
    if old:
        # After the commit: a rollback must not leave a row without its file.
        transaction.on_commit(lambda: storage.delete(old))


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


@transaction.atomic
def done_once(user: User, key: Any, deed: Callable[[], str]) -> str:
    """Return what `deed` returns, or what it returned when this person sent the form of `key` before.

    Each rendered form carries a key of its own, so that sending it twice does its deed once. The row is written first:
    a second sending waits for the first. A deed that is refused keeps nothing.
    """
    record, is_new = IdempotencyRecord.objects.get_or_create(user=user, key=f"form:{key}", defaults={"digest": ""})
    if is_new:
        record.body = deed()
        record.save(update_fields=["body"])
    return str(record.body)
