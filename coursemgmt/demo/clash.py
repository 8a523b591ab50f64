"""One clash for the office to resolve: a day was closed, its room was given away, and the day was opened again."""

from datetime import timedelta

from coursemgmt.demo.calendar import Calendar, at
from coursemgmt.demo.classes import Classes
from scheduling.models import Meeting
from scheduling.operations import add_closure, move_meeting, remove_closure

LOSES, GAINS = "MATH 110 001", "PHYS 2A 001"


def make_clash(calendar: Calendar, classes: Classes) -> None:
    *_near, before, day = calendar.working_days({0, 2, 4}, 6)
    closure = add_closure("Sports day", day, day, by=None)
    meeting = Meeting.objects.get(
        pattern__sections=classes.sections[GAINS],
        starts_at__gte=at(before, 0),
        starts_at__lt=at(before + timedelta(days=1), 0),
    )
    room = classes.sections[LOSES].patterns.get().room
    move_meeting(meeting, by=None, starts_at=at(day, 14), ends_at=at(day, 14, 50), room=room)
    remove_closure(closure, by=None)
