"""The demonstration data of two days."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from appointments.models import Appointment
from coursemgmt.demo import university
from scheduling.models import Meeting
from students.models import Enrollment, GradeEntry, WaitlistEntry

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def story(today):
    """Return what was made, with every date as days from `today`."""

    def days(at):
        return (timezone.localtime(at, university.ZONE).date() - today).days

    seats = Enrollment.objects.order_by("pk").values_list("student__user__email", "section__crn", "status")
    line = WaitlistEntry.objects.order_by("pk").values_list("student__user__email", "section__crn", "seq", "status")
    marks = GradeEntry.objects.order_by("pk").values_list("item__title", "enrollment__student__user__email", "score")
    booked = Appointment.objects.order_by("pk").values_list("student__email", "session__starts_at", "status")
    starts = Meeting.objects.order_by("pk").values_list("starts_at", "room__code", "status")
    return {
        "seats": list(seats),
        "line": list(line),
        "marks": list(marks),
        "booked": [(who, days(at), status) for who, at, status in booked],
        "meetings": [(days(at), room, status) for at, room, status in starts],
    }


@pytest.mark.row("W26")
def test_a_run_on_another_day_differs_by_the_dates_alone():
    today = timezone.localdate(timezone=university.ZONE)
    told = []
    for day in (today, today + timedelta(days=7)):
        with transaction.atomic():
            university.build(day)
            told.append(story(day))
            transaction.set_rollback(True)
    assert told[0] == told[1]
