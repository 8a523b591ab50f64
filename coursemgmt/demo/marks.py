"""Graded work of the current term: some posted, some still a draft, some to come."""

from datetime import date
from decimal import Decimal

from coursemgmt.demo.calendar import Calendar, at
from coursemgmt.demo.classes import Classes
from students.models import Enrollment
from students.operations import create_item, enter_marks, post_item
from students.validators import Mark

GRADED = ["CS 102 001", "CS 210 001", "MATH 20B 001", "LIT 55 001", "HIST 12 001"]
# Title, weight, due on which working day before or after today, whether posted, and every how many students nothing
# was handed in.
WORK = [
    ("Problem set 1", 1, -7, True, 0),
    ("Quiz 1", 2, -4, True, 6),
    ("Problem set 2", 1, -2, False, 4),
    ("Midterm exam", 4, 7, True, 1),
]
WEEKDAYS = {0, 1, 2, 3, 4}
# Alice handed in all but one quiz.
MISSED = ("MATH 20B 001", "Quiz 1")


def make_marks(calendar: Calendar, classes: Classes) -> None:
    for place, code in enumerate(GRADED):
        section = classes.sections[code]
        teacher = section.instructors.filter(section_roles__is_primary=True).first()
        enrolled = list(Enrollment.objects.live().filter(section=section).order_by("student__institutional_id"))
        for kind, (title, weight, days, is_posted, without) in enumerate(WORK):
            due = at(_day(calendar, days + (place if days > 0 else 0)), 17)
            item = create_item(section, by=teacher, title=title, weight=Decimal(weight), due_at=due)
            marks = {
                enrollment.pk: Mark(Decimal(60 + (31 + 7 * n + 11 * kind + 5 * place) % 41))
                for n, enrollment in enumerate(enrolled)
                if without != 1 and not (without and n % without == without - 1)
            }
            if (code, title) == MISSED:
                marks.pop(enrolled[0].pk, None)
            if marks:
                enter_marks(item, marks, by=teacher)
            if is_posted:
                post_item(item, by=teacher)


def _day(calendar: Calendar, count: int) -> date:
    if count < 0:
        return calendar.past_days(WEEKDAYS, -count)[-1]
    return calendar.working_days(WEEKDAYS, count)[-1]
