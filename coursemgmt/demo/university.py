"""An invented university: three terms around today, people, classes, seats, marks, office hours. Always the same."""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from coursemgmt.demo.advising import make_advising
from coursemgmt.demo.calendar import ZONE, make_calendar
from coursemgmt.demo.clash import make_clash
from coursemgmt.demo.classes import make_classes
from coursemgmt.demo.hours import make_hours
from coursemgmt.demo.imports import make_imports
from coursemgmt.demo.invitations import make_invitations
from coursemgmt.demo.marks import make_marks
from coursemgmt.demo.office import make_office
from coursemgmt.demo.past import make_past
from coursemgmt.demo.people import LOGINS, PASSWORD, make_people
from coursemgmt.demo.requests import make_requests
from coursemgmt.demo.rollover import keep_a_seat, make_rollover
from coursemgmt.demo.rules import set_rules
from coursemgmt.demo.seats import take_seats
from courses.models import Section, Term
from notifications.models import OutboxMessage
from students.models import StudentProfile

__all__ = ["LOGINS", "PASSWORD", "ZONE", "University", "build", "exists"]


@dataclass
class University:
    term: Term
    teachers: list[User]
    students: list[StudentProfile]
    sections: list[Section]


def exists() -> bool:
    return Term.objects.exists() or User.objects.filter(email=LOGINS["student"][0]).exists()


def count_rows() -> None:
    """Let the planner know how many rows there are: of those that are not committed it knows nothing by itself.

    Tables of the server's own are left out: another database may be counting them.
    """
    tables = map(connection.ops.quote_name, connection.introspection.django_table_names(only_existing=True))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


@transaction.atomic
def build(today: date | None = None) -> University:
    """Fill an empty database and return what was made. Two days differ by the shift of the dates alone."""
    with timezone.override(ZONE):
        return _build(today or timezone.localdate())


def _build(today: date) -> University:
    calendar = make_calendar(today)
    people = make_people()
    classes = make_classes(calendar, people)
    passed = make_past(calendar, people, classes)
    count_rows()
    take_seats(people, classes, passed)
    count_rows()
    make_marks(calendar, classes)
    set_rules(calendar, people, classes)
    make_hours(calendar, people, classes)
    make_clash(calendar, classes)
    make_advising(people, classes)
    make_requests(people)
    make_invitations(people)
    make_imports(calendar.term, classes, people)
    make_rollover(calendar, people)
    keep_a_seat(calendar, people)
    make_office(people)
    # These are facts of an invented past: nobody is told of them now. What lies ahead keeps its reminders.
    OutboxMessage.objects.filter(state="queued", not_before__lte=timezone.now()).update(state="void")
    return University(calendar.term, people.teachers, people.students, list(classes.sections.values()))
