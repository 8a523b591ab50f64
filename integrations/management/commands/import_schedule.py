"""Import a schedule of classes into a term."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import DomainError
from core.history import command
from courses.models import Term
from integrations.errors import LinesRefused
from integrations.management import reports
from integrations.operations import import_schedule
from integrations.queries.schedule_file import read_schedule


class Command(BaseCommand):
    help = "Import a schedule of classes into a term. Without --apply nothing is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        reports.add_arguments(parser)
        parser.add_argument("--term", required=True, help="the term's code")
        parser.add_argument(
            "--rooms",
            choices=["new", "known"],
            default="new",
            help="new: rooms that are not there are made; known: they are errors",
        )

    @command
    def handle(self, *args: Any, file: Path, term: str, layout: str, apply: bool, **options: Any) -> None:
        chosen = reports.layout_named(layout)
        reports.check_report(options["report"])
        found = Term.objects.filter(code=term).first()
        if found is None:
            raise CommandError(f"There is no term “{term}”. Create it first, with its dates.")
        try:
            summary = import_schedule(
                read_schedule(file, chosen),
                found,
                chosen,
                by=None,
                apply=apply,
                known_rooms_only=options["rooms"] == "known",
                progress=self._progress,
            )
        except LinesRefused as exc:
            raise reports.refuse(exc.lines, options["report"], self.stderr) from exc
        except DomainError as exc:
            raise CommandError(str(exc)) from exc
        said = summary.as_dict()
        reports.write_report(options["report"], said)
        reports.say_figures(said, self.stdout)
        for clash in said["clashes"][: reports.SHOWN]:
            self.stdout.write(f"  {_clash_line(clash)}")
        reports.say_end(apply, self.stdout)

    def _progress(self, what: str, done: int, total: int) -> None:
        self.stderr.write(reports.bar(what, done, total))


def _clash_line(clash: dict[str, Any]) -> str:
    sides = " / ".join(_side_line(side) for side in clash["sides"])
    return f"{clash['kind']} {clash['who']}, {len(clash['dates'])} dates from {clash['dates'][0]}: {sides}"


def _side_line(side: dict[str, Any]) -> str:
    if "event" in side:
        return str(side["event"])
    sections = ", ".join(f"{one['course']} ({one['crn']})" for one in side["sections"])
    days = " ".join(day[:3] for day in side["days"])
    return f"{sections} {side['type']} {days} {side['from']}-{side['to']} {side['room']}"
