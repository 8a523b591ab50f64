"""Two clashes: one that came by opening a closed day again, for the office to resolve, and one kept with a reason."""

from datetime import date, timedelta

from accounts.models import User
from coursemgmt.demo.calendar import Calendar, at
from coursemgmt.demo.classes import Classes
from coursemgmt.demo.people import LOGINS
from scheduling.models import Meeting
from scheduling.operations import add_closure, move_meeting, remove_closure

LOSES, GAINS = "MATH 110 001", "PHYS 2A 001"
GUESTS, HOSTS = "LIT 55 001", "ART 30 001"


def make_clash(calendar: Calendar, classes: Classes) -> None:
    days = calendar.working_days({0, 2, 4}, 9)
    _unresolved(classes, days[4], days[5])
    _kept(classes, days[8])


def _unresolved(classes: Classes, before: date, day: date) -> None:
    closure = add_closure("Sports day", day, day, by=None)
    room = classes.sections[LOSES].patterns.get().room
    move_meeting(_meeting(classes, GAINS, before), by=None, starts_at=at(day, 14), ends_at=at(day, 14, 50), room=room)
    remove_closure(closure, by=None)


def _kept(classes: Classes, day: date) -> None:
    """Let one class visit another in its room."""
    move_meeting(
        _meeting(classes, GUESTS, day),
        by=User.objects.get(email=LOGINS["registrar"][0]),
        starts_at=at(day, 14),
        ends_at=at(day, 14, 50),
        room=classes.sections[HOSTS].patterns.get().room,
        reason="The class visits the studio.",
        clash_reason="Both classes meet together: one reads while the other draws.",
    )


def _meeting(classes: Classes, code: str, day: date) -> Meeting:
    return Meeting.objects.get(
        pattern__sections=classes.sections[code],
        starts_at__gte=at(day, 0),
        starts_at__lt=at(day + timedelta(days=1), 0),
    )
