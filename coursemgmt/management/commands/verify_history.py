"""Check the chain of seals over the history."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coursemgmt import seals
from coursemgmt.models import HistorySeal

SHOWN = 20


class Command(BaseCommand):
    help = "Compare every sealed row of the history with its seal and name the first that differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--digest", help="a digest that was noted before: its seal must still be in the chain")

    def handle(self, *args: Any, **options: Any) -> None:
        report = seals.verify()
        self.stdout.write(
            f"{report.seals} seals over {report.rows} rows, {report.redacted} of them scrubbed by an erasure;"
            f" {report.unsealed} rows not sealed yet."
        )
        if options["digest"] and not HistorySeal.objects.filter(digest=options["digest"]).exists():
            report.breaks.append("No seal has the digest that was given: the chain was cut.")
        if report.breaks:
            raise CommandError(
                "\n".join([f"The history is broken at {len(report.breaks)} places.", *report.breaks[:SHOWN]])
            )
        self.stdout.write(f"The chain holds. Newest digest: {report.head or 'none'}")
