"""The kinds of message there are. Each app registers its own when it starts; this app knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class CalendarPart:
    """One event of an invitation: METHOD REQUEST makes or changes it, CANCEL removes it."""

    method: Literal["REQUEST", "CANCEL"]
    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    organizer_name: str
    organizer_email: str
    location: str = ""
    description: str = ""


def _always(about: Any, facts: dict[str, Any]) -> bool:
    return True


def _no_context(about: Any, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Event:
    """A kind of message: its template, what it shows, and whether it is still true when it is sent."""

    kind: str
    # "emails/students/enrolled" stands for .subject.txt, .txt and .html of this name.
    template: str
    # context(about, recipient, facts) -> what the template shows besides `about`, `recipient` and `facts`.
    context: Callable[[Any, Any, dict[str, Any]], dict[str, Any]] = _no_context
    # still_true(about, facts): a message that is not true any more is kept as void and never sent.
    still_true: Callable[[Any, dict[str, Any]], bool] = _always
    calendar: Callable[[Any, Any, dict[str, Any]], CalendarPart | None] | None = None
    # select_related paths of the object the message is about.
    related: tuple[str, ...] = field(default=())


_events: dict[str, Event] = {}


def register(event: Event) -> None:
    """Make `event` known; the same kind twice is a mistake unless it is the same event."""
    known = _events.get(event.kind)
    if known is not None and known.template != event.template:
        raise ValueError(f"The message kind {event.kind} is registered already.")
    _events[event.kind] = event


def event(kind: str) -> Event:
    """Return the event of `kind`; KeyError when nothing registered it."""
    return _events[kind]


def kinds() -> list[str]:
    return sorted(_events)
