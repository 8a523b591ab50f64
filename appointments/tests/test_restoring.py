"""A cancelled appointment stands again while both sides are still free."""

import pytest
from django.urls import reverse

from accounts.tests.makers import alice, ivan, make_user, rita
from appointments import operations
from appointments.errors import MayNotRestore, NotCancelled
from appointments.tests.makers import at, make_type
from core.errors import Conflict
from notifications.models import OutboxMessage
from scheduling.models import Claim

pytestmark = [pytest.mark.django_db, pytest.mark.row("D03")]


@pytest.fixture
def cancelled():
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    return operations.cancel(booked, by=ivan(), reason="Ill")


def test_it_stands_again_with_its_identity_and_both_are_told(cancelled):
    uid, sequence = cancelled.ical_uid, cancelled.ical_sequence
    OutboxMessage.objects.all().delete()
    again = operations.restore(cancelled, by=ivan())
    assert (again.status, again.cancel_reason, again.cancelled_at) == ("confirmed", "", None)
    assert (again.ical_uid, again.ical_sequence) == (uid, sequence + 1)
    assert Claim.objects.filter(active=True, source="appointment").count() == 2
    told = OutboxMessage.objects.filter(kind="appointment_booked")
    assert {message.recipient for message in told} == {alice(), ivan()}
    assert [event.kind for event in again.events.order_by("pk")] == ["booked", "cancelled", "booked"]
    with pytest.raises(NotCancelled):
        operations.restore(again, by=ivan())


def test_a_time_that_was_given_to_somebody_else_stays_theirs(cancelled):
    other = make_user("bob@example.org", ["student"])
    operations.book(cancelled.session.type, other, at(9), by=other)
    with pytest.raises(Conflict):
        operations.restore(cancelled, by=ivan())
    cancelled.refresh_from_db()
    assert cancelled.status == "cancelled_by_host"


def test_a_student_books_anew_instead(cancelled):
    with pytest.raises(MayNotRestore):
        operations.restore(cancelled, by=alice())


def test_page_and_api_let_it_stand_again(client, cancelled):
    address = reverse("appointments:appointment_restore", args=[cancelled.public_id])
    client.force_login(make_user("oscar@example.org", ["student"]))
    assert client.post(address).status_code == 404
    client.force_login(alice())
    assert client.post(address).status_code == 403
    client.force_login(ivan())
    page = reverse("appointments:appointment_detail", args=[cancelled.public_id])
    assert address in client.get(page).content.decode()
    assert client.post(address).status_code == 302
    assert client.post(address).status_code == 409
    client.force_login(rita())
    refused = client.post(f"/api/v1/appointments/{cancelled.public_id}/restore/")
    assert (refused.status_code, refused.json()["code"]) == (409, "appointment_not_cancelled")
