"""What the commands that import say: findings by line, figures, and the same as a JSON file."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser, OutputWrapper

from integrations import layouts
from integrations.layouts import Layout
from integrations.queries.text_file import LineError

SHOWN = 50
BAR = 20


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument("--layout", required=True, help="how the columns are read: " + ", ".join(layouts.names()))
    parser.add_argument("--apply", action="store_true", help="keep what was imported")
    parser.add_argument("--report", type=Path, help="write the summary as JSON into this file")


def layout_named(name: str) -> Layout:
    try:
        return layouts.load(name)
    except layouts.UnknownLayout as exc:
        raise CommandError(f"There is no layout “{name}”. Known: {', '.join(layouts.names())}.") from exc


def check_report(path: Path | None) -> None:
    """Refuse a report that could not be written before anything else is."""
    if path is None:
        return
    try:
        path.open("a").close()
    except OSError as exc:
        raise CommandError(f"The report cannot be written: {exc.strerror}.") from exc


def write_report(path: Path | None, said: dict[str, Any]) -> None:
    if path is not None:
        path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8")


def refuse(errors: Iterable[LineError], path: Path | None, stderr: OutputWrapper) -> CommandError:
    """Say each line that is wrong, on the screen and in the report, and return the error to end with."""
    lines = list(errors)
    write_report(path, {"errors": [{"line": one.line, "message": one.message} for one in lines]})
    for one in lines[:SHOWN]:
        stderr.write(str(one))
    if len(lines) > SHOWN:
        stderr.write(f"… and {len(lines) - SHOWN} more.")
    return CommandError(f"{len(lines)} {'error' if len(lines) == 1 else 'errors'}; nothing was imported.")


def say_figures(said: dict[str, Any], stdout: OutputWrapper) -> None:
    for name, value in said.items():
        stdout.write(f"{name:<30} {len(value) if isinstance(value, list) else value}")


def say_end(apply: bool, stdout: OutputWrapper) -> None:
    stdout.write("Applied." if apply else "Dry run: nothing was kept. Add --apply to keep it.")


def bar(what: str, done: int, total: int) -> str:
    filled = BAR * done // max(total, 1)
    return f"[{'#' * filled}{'.' * (BAR - filled)}] {what} {done}/{total}"
