"""Who really acts while a request is made in the name of somebody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_actor: ContextVar[int | None] = ContextVar("actor", default=None)


@contextmanager
def acting(actor: int) -> Iterator[None]:
    """Let the person of this primary key stand behind all that is done inside."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def real_actor() -> int | None:
    """Return the primary key of who acts in the name of somebody else; None when everybody acts as oneself."""
    return _actor.get()
