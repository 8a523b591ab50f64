"""The coming term, to be made from this one: looked at, and waiting for the registrar."""

from coursemgmt.demo.calendar import Calendar
from coursemgmt.demo.people import People
from scheduling.operations import create_rollover


def make_rollover(calendar: Calendar, people: People) -> None:
    create_rollover(calendar.term, calendar.coming, by=people.registrar)
