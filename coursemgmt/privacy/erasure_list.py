"""The list of who was erased, kept beside the database: a backup that is restored does not know the newest.

Each line is an instant and the public id of an account, which names nobody once the account is erased.
"""

import os
import uuid
from pathlib import Path

from django.conf import settings
from django.utils import timezone


def add(public_id: uuid.UUID) -> None:
    """Write the account down, on the disk before it returns. One that is there is not written again."""
    path = Path(settings.ERASURE_LIST)
    if public_id in read():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="ascii") as file:
        file.write(f"{timezone.now().isoformat(timespec='seconds')} {public_id}\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: str | Path | None = None) -> list[uuid.UUID]:
    """Return the accounts of the list; ValueError for a line that is none."""
    path = Path(path or settings.ERASURE_LIST)
    if not path.exists():
        return []
    lines = [line.split() for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    return [uuid.UUID(line[-1]) for line in lines]
