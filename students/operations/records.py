"""What staff keep about a student: number, program, level, standing."""

from typing import Any

from django.db import transaction

from core.locks import lock
from students.errors import MayNotEditProfile, NumberTaken
from students.models import StudentProfile
from students.policies import can_edit_profile

FIELDS = ("institutional_id", "program", "level", "standing")


@transaction.atomic
def change_profile(student: StudentProfile, *, by: Any, **fields: Any) -> StudentProfile:
    """Change the given fields of a student's profile and return it. Locks the person.

    MayNotEditProfile for all but staff, NumberTaken when another student has the number.
    """
    if unknown := set(fields) - set(FIELDS):
        raise ValueError(f"Not a field of this deed: {', '.join(sorted(unknown))}")
    if by is not None and not can_edit_profile(by, student):
        raise MayNotEditProfile()
    lock(student.user)
    fresh = StudentProfile.objects.select_related("user", "program").get(pk=student.pk)
    for name, value in fields.items():
        setattr(fresh, name, value)
    number = fresh.institutional_id
    if StudentProfile.objects.filter(institutional_id=number).exclude(pk=fresh.pk).exists():
        raise NumberTaken(number=number)
    fresh.full_clean()
    fresh.save(update_fields=list(fields))
    return fresh
