"""Small makers for tests of messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from notifications import events


@contextmanager
def registered(event: events.Event) -> Iterator[events.Event]:
    """Make an event known for the time of a test."""
    with mock.patch.dict(events._events):
        events.register(event)
        yield event


def hello_template(settings: Any, folder: Path, **more: Any) -> events.Event:
    """Return an event whose templates stand in `folder`, beside those of the site."""
    here = folder / "emails" / "demo"
    here.mkdir(parents=True)
    (here / "hello.subject.txt").write_text("Hello {{ recipient.display_name }}")
    (here / "hello.txt").write_text("{{ facts.word }}")
    (here / "hello.html").write_text("<p>{{ facts.word }}</p>")
    templates = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**templates, "DIRS": [*templates["DIRS"], str(folder)]}]
    return events.Event(kind="hello", template="emails/demo/hello", **more)
