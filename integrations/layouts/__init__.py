"""Small declarative descriptions of column formats of schedules and catalogues."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


class UnknownLayout(LookupError):
    """No layout has this name."""


@dataclass(frozen=True)
class Layout:
    name: str
    title: str
    delimiter: str
    quoted: bool
    encoding: str
    columns: dict[str, str]
    values: dict[str, Any]
    meetings: dict[str, Any]
    catalog: dict[str, Any]


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Layout:
    """Return the layout of this name. UnknownLayout when there is none; a name chooses no path."""
    if name not in names():
        raise UnknownLayout(name)
    return Layout(**tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")))
