"""Load the demonstration data."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.history import command
from coursemgmt.demo import university
from coursemgmt.demo.people import GUARDIAN


class Command(BaseCommand):
    help = "Fill an empty database with an invented university, and print one sign-in per role."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do nothing when there is data already")

    @command
    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if university.exists():
            if not once:
                raise CommandError("The database holds data already; demonstration data goes into an empty one.")
        else:
            self.stdout.write("Loading demonstration data ...")
            made = university.build()
            self.stdout.write(f"{len(made.students)} students, {len(made.sections)} sections.")
        self.stdout.write("Sign-ins, all with the password “" + university.PASSWORD + "”:")
        for role, (email, *_name) in {**university.LOGINS, "guardian": GUARDIAN}.items():
            self.stdout.write(f"  {role:<14} {email}")
