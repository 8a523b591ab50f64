"""Lock what is used up or freed: people, then sections and sessions, then rooms, each by primary key."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, models
from psycopg import errors

from core.errors import Busy

T = TypeVar("T")
TIMEOUT = "3s"

# Set by the tests of races only: called between the look and the write, so that a race shows itself.
pause: Callable[[], None] | None = None


def lock(*rows: Any) -> list[Any]:
    """Lock the rows in the one global order and return fresh copies of them, in the order given.

    Must run inside a transaction. A None stays None. Raises Busy when a lock does not come within three seconds, and
    the model's DoesNotExist when a row is gone.
    """
    wanted: dict[tuple[int, str], tuple[type[models.Model], set[int]]] = {}
    for row in rows:
        if row is not None:
            model = _model_of(row)
            _model, keys = wanted.setdefault((model.lock_rank, model._meta.label), (model, set()))
            keys.add(row.pk)
    found: dict[tuple[str, int], Any] = {}
    if wanted and not locks_off():
        be_patient()
    for _rank, (model, keys) in sorted(wanted.items(), key=lambda item: item[0]):
        for fresh in _lock_rows(model, keys):
            found[(model._meta.label, fresh.pk)] = fresh
        for key in keys:
            if (model._meta.label, key) not in found:
                raise model.DoesNotExist  # type: ignore[attr-defined]
    if pause is not None:
        pause()
    return [None if row is None else found[(_model_of(row)._meta.label, row.pk)] for row in rows]


def be_patient() -> None:
    """Let no statement of this transaction wait longer for another one than `lock` waits for a row."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{TIMEOUT}'")


def _model_of(row: Any) -> Any:
    # Not type(row): the user of a request is a lazy proxy, whose __class__ is the model.
    return row.__class__


def _lock_rows(model: type[models.Model], keys: set[int]) -> list[Any]:
    queryset = model._default_manager.filter(pk__in=keys).order_by("pk")
    if locks_off():
        return list(queryset)
    try:
        return list(queryset.select_for_update(no_key=True))
    except OperationalError as exc:
        if is_contention(exc):
            raise Busy() from exc
        raise


def locks_off() -> bool:
    """Return whether the control of the race tests has turned row locks off; refused outside of tests."""
    if not settings.LOCKS_OFF:
        return False
    if "pytest" not in sys.modules:
        raise ImproperlyConfigured("LOCKS_OFF is for tests only.")
    return True


def is_contention(exc: BaseException) -> bool:
    """Return whether a database error means that others were in the way: lock timeout, deadlock, serialization."""
    cause = exc.__cause__
    return isinstance(cause, errors.LockNotAvailable | errors.DeadlockDetected | errors.SerializationFailure)


def retry_once(deed: Callable[[], T]) -> T:
    """Call `deed`, and once more when a deadlock or a serialization failure ended it; then Busy.

    Inside of another transaction nothing is repeated: that one is lost as a whole.
    """
    try:
        return deed()
    except (OperationalError, Busy) as exc:
        if connection.in_atomic_block or not _may_repeat(exc):
            raise _as_busy(exc) from exc
    try:
        return deed()
    except OperationalError as exc:
        raise _as_busy(exc) from exc


def _may_repeat(exc: BaseException) -> bool:
    cause = exc.__cause__ if isinstance(exc, Busy) else exc
    return cause is not None and isinstance(cause.__cause__, errors.DeadlockDetected | errors.SerializationFailure)


def _as_busy(exc: Exception) -> Exception:
    return Busy() if is_contention(exc) else exc
