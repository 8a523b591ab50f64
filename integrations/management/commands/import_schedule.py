"""Import a schedule of classes into a term."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.models import Term
from integrations import layouts
from integrations.operations import import_schedule
from integrations.queries.schedule_file import read_schedule

SHOWN = 50
BAR = 20


class Command(BaseCommand):
    help = "Import a schedule of classes into a term. Without --apply nothing is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--term", required=True, help="the term's code")
        parser.add_argument("--layout", required=True, help="how the columns are read: " + ", ".join(layouts.names()))
        parser.add_argument("--apply", action="store_true", help="keep what was imported")
        parser.add_argument("--report", type=Path, help="write the summary as JSON into this file")

    def handle(self, *args: Any, file: Path, term: str, layout: str, apply: bool, **options: Any) -> None:
        try:
            chosen = layouts.load(layout)
        except layouts.UnknownLayout as exc:
            raise CommandError(f"There is no layout “{layout}”. Known: {', '.join(layouts.names())}.") from exc
        found_term = Term.objects.filter(code=term).first()
        if found_term is None:
            raise CommandError(f"There is no term “{term}”. Create it first, with its dates.")
        parsed = read_schedule(file, chosen)
        if parsed.errors:
            for error in parsed.errors[:SHOWN]:
                self.stderr.write(str(error))
            raise CommandError(f"{len(parsed.errors)} errors; nothing was imported.")
        summary = import_schedule(parsed, found_term, chosen, by=None, apply=apply, progress=self._progress)
        said = summary.as_dict()
        if options["report"]:
            options["report"].write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8")
        for name, value in said.items():
            self.stdout.write(f"{name:<18} {len(value) if isinstance(value, list) else value}")
        for clash in said["clashes"][:SHOWN]:
            self.stdout.write(f"  {clash['kind']} {clash['who']}: {clash['starts_at']}")
        self.stdout.write("Applied." if apply else "Dry run: nothing was kept. Add --apply to keep it.")

    def _progress(self, what: str, done: int, total: int) -> None:
        filled = BAR * done // max(total, 1)
        self.stderr.write(f"[{'#' * filled}{'.' * (BAR - filled)}] {what} {done}/{total}")
