"""The coming term: what of this one would be copied, a seat that is kept for an address, and a class with a key."""

from datetime import timedelta

from django.utils import timezone

from coursemgmt.demo.calendar import Calendar
from coursemgmt.demo.people import People
from courses.models import Section
from scheduling.operations import create_rollover
from students.operations import pre_enroll, set_self_enrollment


def make_rollover(calendar: Calendar, people: People) -> None:
    create_rollover(calendar.term, calendar.coming, by=people.registrar)


def keep_a_seat(calendar: Calendar, people: People) -> None:
    """Keep a seat of the coming term for somebody without an account, and ask for a key in another class."""
    kept, keyed = Section.objects.filter(term=calendar.coming).order_by("crn")[:2]
    pre_enroll(
        kept,
        "maya.lindqvist@example.edu",
        by=people.registrar,
        expires_at=timezone.now() + timedelta(weeks=3),
        reason="Exchange student",
    )
    set_self_enrollment(keyed, by=people.registrar, key="blue heron", domains=["staff.example.edu"])
