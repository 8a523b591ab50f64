"""What is kept about a student: number, program, level, standing, and whether other students may read the name."""

from typing import Any

from django.db import transaction

from core.locks import lock
from students.errors import MayNotEditProfile, NumberTaken
from students.models import StudentProfile
from students.policies import can_edit_profile, can_keep_name

# What students decide themselves.
OWN_FIELDS = ("directory_hold",)
FIELDS = ("institutional_id", "program", "level", "standing", *OWN_FIELDS)


@transaction.atomic
def change_profile(student: StudentProfile, *, by: Any, **fields: Any) -> StudentProfile:
    """Change the given fields of a student's profile and return it. Locks the person.

    MayNotEditProfile for all but staff, and the student for the own fields. NumberTaken when another student has the
    number.
    """
    if unknown := set(fields) - set(FIELDS):
        raise ValueError(f"Not a field of this deed: {', '.join(sorted(unknown))}")
    if by is not None and not _may_change(by, student, fields):
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


def _may_change(by: Any, student: StudentProfile, fields: Any) -> bool:
    own = bool(fields) and set(fields) <= set(OWN_FIELDS)
    return can_keep_name(by, student) if own else can_edit_profile(by, student)
