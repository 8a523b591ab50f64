"""After a backup was restored and before the site opens: erase once more whoever was erased since."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.history import command
from coursemgmt.privacy import erasure, erasure_list


class Command(BaseCommand):
    help = "Erase everybody on the list of erasures whom a restored backup brought back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", help="the list, where it is not at ERASURE_LIST")

    @command
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            listed = erasure_list.read(options["list"])
        except ValueError as exc:
            raise CommandError("A line of the list is not one of ours.") from exc
        again = erasure.reapply(listed)
        self.stdout.write(f"{len(listed)} on the list, {len(again)} erased again.")
