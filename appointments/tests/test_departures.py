"""A closed account leaves no time taken and nobody waiting."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.operations import deactivate
from accounts.tests.makers import adam, alice, ivan, make_user
from appointments import operations
from appointments.models import Appointment
from appointments.tasks import release_appointments
from appointments.tests.makers import at, make_type
from notifications.models import OutboxMessage
from scheduling.models import Claim

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("leaver", "stayer", "status"), [
    (alice, ivan, "cancelled_by_student"), (ivan, alice, "cancelled_by_host"),
])  # fmt: skip
@pytest.mark.row("P17")
def test_closing_an_account_cancels_what_is_to_come_and_tells_the_other_side(leaver, stayer, status):
    other = make_user(roles=["student"])
    type = make_type(ivan(), cancel_cutoff_minutes=60 * 24 * 30)
    booked = operations.book(type, alice(), at(9), by=alice())
    kept = operations.book(make_type(make_user(roles=["instructor"])), other, at(9), by=other)
    deactivate(leaver(), by=adam())
    assert ProcrastinateJob.objects.filter(
        task_name="appointments.release_appointments", args={"user_id": leaver().pk}
    ).exists()
    for _twice in range(2):
        release_appointments(leaver().pk)
    booked.refresh_from_db()
    assert booked.status == status
    assert not Claim.objects.filter(person__in=[alice(), ivan()], active=True).exists()
    told = OutboxMessage.objects.filter(kind="appointment_cancelled")
    assert [message.recipient for message in told] == [stayer()]
    assert Appointment.objects.get(pk=kept.pk).status == "confirmed"
