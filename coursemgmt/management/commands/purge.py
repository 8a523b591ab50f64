"""Remove what is kept no longer; a job does it every night."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.history import command
from coursemgmt.privacy.retention import purge


class Command(BaseCommand):
    help = "Remove what is kept no longer. docs/privacy.md lists what stays for how long."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")

    @command
    def handle(self, *args: Any, **options: Any) -> None:
        for kept, count in purge(dry_run=options["dry_run"]):
            self.stdout.write(f"{count:>8}  {kept.words} ({kept.days} days)")
