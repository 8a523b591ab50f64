"""Deeds about learners' profiles."""

from typing import Any

from django.db import transaction

from students.errors import NotAStudent
from students.models import StudentProfile


def ensure_profile(user: Any) -> StudentProfile:
    """Return the profile of `user`, made now with a number of its own if there is none. Twice is harmless.

    NotAStudent when there is none and the person has not the role of a student.
    """
    found = StudentProfile.objects.select_related("user").filter(user=user).first()
    return found or _made(user)


@transaction.atomic
def _made(user: Any) -> StudentProfile:
    if not user.groups.filter(name="student").exists():
        raise NotAStudent()
    # The account's own number: two that are made at the same moment never meet. An import may have used it.
    number = f"S{user.pk:07d}"
    if StudentProfile.objects.filter(institutional_id=number).exists():
        number = f"S{user.pk:07d}-{user.public_id.hex[:6]}"
    profile, _created = StudentProfile.objects.get_or_create(user=user, defaults={"institutional_id": number})
    return profile
