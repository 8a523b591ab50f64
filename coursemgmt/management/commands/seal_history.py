"""Seal what was written to the history; a job does it every ten minutes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coursemgmt import seals


class Command(BaseCommand):
    help = "Seal the rows of the history that were written more than five minutes ago."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = seals.seal()
        except seals.StillWriting as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(f"{count} rows sealed.")
