"""Import the catalogue of courses."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import DomainError
from core.history import command
from integrations.errors import LinesRefused
from integrations.management import reports
from integrations.operations import import_catalog
from integrations.queries.catalog_file import read_catalog


class Command(BaseCommand):
    help = "Import titles, credit hours and descriptions of courses. Without --apply nothing is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        reports.add_arguments(parser)
        parser.add_argument(
            "--leave-out", action="store_true", help="leave out and list the lines whose course cannot be read"
        )

    @command
    def handle(self, *args: Any, file: Path, layout: str, apply: bool, **options: Any) -> None:
        chosen = reports.layout_named(layout)
        reports.check_report(options["report"])
        try:
            parsed = read_catalog(file, chosen, leave_out=options["leave_out"])
            said = import_catalog(parsed, by=None, apply=apply).as_dict()
        except LinesRefused as exc:
            raise reports.refuse(exc.lines, options["report"], self.stderr) from exc
        except DomainError as exc:
            raise CommandError(str(exc)) from exc
        reports.write_report(options["report"], said)
        reports.say_figures(said, self.stdout)
        for line in [*said["left_out"], *said["repeated"]][: reports.SHOWN]:
            self.stdout.write(f"  {line}")
        reports.say_end(apply, self.stdout)
