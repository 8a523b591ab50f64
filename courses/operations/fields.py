"""Writing the fields of a row, and only those that a deed may write."""

from collections.abc import Callable, Collection
from typing import Any

from core.errors import NotAllowed


def require(policy: Callable[..., bool], by: Any, *about: Any) -> None:
    """Raise NotAllowed when there is an actor whom the policy refuses."""
    if by is not None and not policy(by, *about):
        raise NotAllowed()


def assign(row: Any, values: dict[str, Any], allowed: Collection[str]) -> list[str]:
    """Set the values on `row` and return the names of those that differ. ValueError for a field out of `allowed`."""
    if unknown := set(values) - set(allowed):
        raise ValueError(f"Not a field of this deed: {', '.join(sorted(unknown))}")
    new = row._state.adding
    changed = [name for name, value in values.items() if new or getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed
