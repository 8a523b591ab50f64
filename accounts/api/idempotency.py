"""The same creating request twice gets the first answer."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.errors import KeyReused
from accounts.models import IdempotencyRecord
from core.errors import Busy, Conflict
from core.locks import be_patient
from core.problems import exception_handler

LONGEST = 200


def once(request: Any, deed: Callable[[], Response]) -> Response:
    """Return the answer of `deed`, or the stored first answer of this person's Idempotency-Key.

    The row is written first, in the deed's transaction, so that a repetition waits for the first answer, as long as for
    a lock. A 2xx and a 409 are kept; whatever else goes wrong (malformed, forbidden, busy, a crash) keeps nothing, so
    that the key is free for the corrected request. KeyReused when the key stands for another request.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return deed()
    if len(key) > LONGEST or not key.isprintable():
        raise ValidationError({"Idempotency-Key": [f"Use at most {LONGEST} printable characters."]})
    digest = _digest(request)
    with transaction.atomic():
        be_patient()
        record, created = IdempotencyRecord.objects.get_or_create(
            user=request.user, key=key, defaults={"digest": digest}
        )
        if not created:
            if record.digest != digest:
                raise KeyReused()
            body = json.loads(record.body or "null")
            return Response(body, status=record.status, content_type=_content_type(record.status or 200))
        answer = _answer(deed)
        # Kept as text: the database would sort the keys of an object, and the answers would differ.
        record.body = json.dumps(answer.data, default=str)
        record.status = answer.status_code
        record.save(update_fields=["status", "body"])
    return answer


class IdempotentCreate:
    """A mixin for API views whose `create` or `post` makes something: both then honour Idempotency-Key.

    The view must refuse by raising; only what it returns, and conflicts, are answers to keep.
    """

    idempotent = True

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        # A router has bound `post` to `create`, or to another deed, which then is none of this mixin's business.
        creates = getattr(self, "action_map", {}).get("post", "create") == "create"
        if creates and hasattr(self, "post"):
            self.post: Any = _wrapped(self.post)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


def _wrapped(deed: Callable[..., Response]) -> Callable[..., Response]:
    def answer(request: Any, *args: Any, **kwargs: Any) -> Response:
        return once(request, lambda: deed(request, *args, **kwargs))

    return answer


def _digest(request: Any) -> str:
    said = json.dumps([request.method, request.path, request.data], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def _answer(deed: Callable[[], Response]) -> Response:
    try:
        with transaction.atomic():
            return deed()
    except Busy:
        raise
    except Conflict as exc:
        answer = exception_handler(exc, {})
        assert answer is not None  # noqa: S101
        return answer


def _content_type(status: int) -> str | None:
    return "application/problem+json" if status >= 400 else None
