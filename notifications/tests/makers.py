"""Small makers for tests of messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from notifications import events


@contextmanager
def registered(event: events.Event) -> Iterator[events.Event]:
    """Make an event known for the time of a test."""
    with mock.patch.dict(events._events):
        events.register(event)
        yield event
