"""Who looked at whose record."""

from collections.abc import Iterable
from typing import Any

from accounts.models import RecordAccess, User
from core.acting import real_actor

BATCH = 2_000


def note_access(people: Iterable[int], what: str, *, by: User, route: str, role: str = "") -> None:
    """Write down that `by` was shown something of each of `people`, given by primary key; one's own is not noted.

    `role` is as what they look, when the door knows better than `role_of`. Who works in the name of `by` is the one
    who looks, also at the records of `by`. A look at many is one row for each of them. It locks nothing and is no
    reason to refuse the look.
    """
    if actor := real_actor():
        by, role = User.objects.get(pk=actor), ""
    role = role or role_of(by, what)
    rows = (
        RecordAccess(reader=by, subject_id=pk, role=role, what=what, route=route) for pk in set(people) if pk != by.pk
    )
    RecordAccess.objects.bulk_create(rows, batch_size=BATCH)


# What neither teaching nor a seat opens: beside staff only advisors see it.
OF_THE_WHOLE_STUDENT = {RecordAccess.What.RECORD, RecordAccess.What.PROGRESS, RecordAccess.What.TIMETABLE}


def role_of(reader: Any, what: str) -> str:
    """Return as what `reader` looks at this of the records of others."""
    if reader.has_perm("accounts.manage_people"):
        return RecordAccess.Reader.ADMINISTRATOR
    if reader.has_perm("accounts.view_directory"):
        return RecordAccess.Reader.OFFICE
    return RecordAccess.Reader.ADVISOR if what in OF_THE_WHOLE_STUDENT else RecordAccess.Reader.TEACHING
