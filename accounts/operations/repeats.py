"""Forms that are sent twice."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from accounts.models import IdempotencyRecord, User
from core.locks import be_patient


@transaction.atomic
def done_once(user: User, key: Any, deed: Callable[[], str]) -> str:
    """Return what `deed` returns, or what it returned when this person sent the form of `key` before.

    Each rendered form carries a key of its own, so that sending it twice does its deed once. The row is written first:
    a second sending waits for the first, as long as for a lock. A deed that is refused keeps nothing.
    """
    be_patient()
    record, is_new = IdempotencyRecord.objects.get_or_create(user=user, key=f"form:{key}", defaults={"digest": ""})
    if is_new:
        record.body = deed()
        record.save(update_fields=["body"])
    return str(record.body)
