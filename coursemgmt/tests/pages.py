"""Pages as a browser has them: those that the matrix opens to somebody, and the forms on each."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

MATRIX = Path(__file__).parents[1] / "access_matrix.csv"
with MATRIX.open(newline="") as file:
    ROWS = list(csv.DictReader(file))
OF_ADMIN = ("LIST", "ADD", "CHANGE", "DELETE", "HISTORY")
TEXTS = {"text", "search", "email", "tel", "url", "textarea", "password"}
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/)")


@dataclass
class Form:
    """What a browser would send: `values` as they stand, `kinds` of the inputs, where to and how."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind in TEXTS]

    @property
    def shape(self) -> tuple[str, ...]:
        """Where it leads to, whichever row it is about, and what is in it."""
        return (ID.sub("*", self.action.partition("?")[0]), self.method, *self.kinds)


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self.select = self.textarea = ""
        self.inside = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            action = given.get("action", "").strip() or self.address
            self.forms.append(Form(action, given.get("method", "get").lower()))
            self.inside = True
        elif not self.inside:
            return
        elif tag == "input" and name:
            self._input(name, given.get("type", "text").lower(), given)
        elif tag == "button" and name and name not in self.form.values:
            self.form.values[name] = given.get("value", "")
        elif tag == "textarea" and name:
            self.textarea = name
            self._keep(name, "textarea", "")
        elif tag == "select" and name:
            self.select = name
            self._keep(name, "select", "")
        elif tag == "option" and self.select and ("selected" in given or not self.form.values[self.select]):
            self.form.values[self.select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"
        self.select = "" if tag == "select" else self.select
        self.textarea = "" if tag == "textarea" else self.textarea

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.form.values[self.textarea] += data

    @property
    def form(self) -> Form:
        return self.forms[-1]

    def _input(self, name: str, kind: str, given: dict[str, str]) -> None:
        if kind in {"checkbox", "radio"} and "checked" not in given:
            self.form.kinds.setdefault(name, kind)
        elif kind not in {"submit", "button", "image"} or name not in self.form.values:
            self._keep(name, kind, given.get("value", ""))

    def _keep(self, name: str, kind: str, value: str) -> None:
        self.form.kinds[name] = kind
        self.form.values[name] = value


def forms_on(answer: Any) -> list[Form]:
    reader = _Reader(answer.request["PATH_INFO"])
    reader.feed(answer.content.decode())
    return reader.forms


def opened(
    world: Any, actor: str, *, api: bool = False, doors: set[tuple[str, str]] | None = None
) -> Iterator[tuple[dict[str, str], Any]]:
    """Walk the rows of the matrix that show `actor` something by GET, once for each door, with the answers.

    Those in `doors` are left out, and those that were opened are put there.
    """
    doors = set() if doors is None else doors
    for row in ROWS:
        door = (row["door"], row["method"])
        if row["method"] not in ("GET", *OF_ADMIN) or "200" not in row[actor] or door in doors:
            continue
        if row["door"].startswith(("api_", "api-")) is api:
            doors.add(door)
            yield row, world.answer(actor, row["door"], row["method"], row["about"])


def forms_of(world: Any, actor: str, seen: set[tuple[str, ...]]) -> Iterator[Form]:
    """Walk the forms of all pages that are open to `actor`, those of a shape that was not `seen` yet."""
    for _, answer in opened(world, actor):
        if "html" in answer.get("Content-Type", "") and not answer.streaming:
            for form in forms_on(answer):
                if form.shape not in seen:
                    seen.add(form.shape)
                    yield form
