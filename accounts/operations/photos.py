"""Deeds about the photo of a person."""

import io
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.errors import PhotoRefused
from accounts.models import User
from accounts.policies import can_edit_profile
from core.errors import NotAllowed
from core.locks import lock

PHOTO_BYTES = 5 * 1024 * 1024
PHOTO_PIXELS = 40_000_000
PHOTO_EDGE = 512
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")


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
    # The comment of a JPEG would be written again.
    small.info.clear()
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
