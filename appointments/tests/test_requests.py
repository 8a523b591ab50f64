"""Requests that wait for the host: they hold the time, and only a yes books it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.makers import alice, ivan, make_user, oscar
from appointments import errors, operations
from appointments.models import Appointment
from appointments.queries.slots import slot_list
from appointments.queries.timetable import entries_for
from appointments.tests.makers import at, make_type
from courses.tests.makers import add_instructor
from notifications.models import OutboxMessage
from scheduling.models import Claim
from students.tests.clock import Clock
from students.tests.makers import make_open_section

pytestmark = pytest.mark.django_db


@pytest.fixture
def type():
    return make_type(ivan(), needs_confirmation=True, answer_hours=5)


@pytest.fixture
def asked(type):
    return operations.book(type, alice(), at(9), by=alice(), topic="My thesis")


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch, timezone.now())


def told(person):
    return list(OutboxMessage.objects.filter(recipient=person).order_by("pk").values_list("kind", flat=True))


@pytest.mark.row("P13")
def test_a_request_holds_the_time_of_both_until_the_host_answers(type, asked):
    assert (asked.status, asked.hold_expires_at - asked.booked_at) == ("pending", timedelta(hours=5))
    assert (told(alice()), told(ivan())) == (["appointment_requested"], ["appointment_requested"])
    other = make_user(roles=["student"])
    with pytest.raises(errors.SlotTaken):
        operations.book(type, other, at(9), by=other)
    entry = entries_for(alice(), at(0), at(23))[0]
    assert (entry.title, entry.is_asked) == (f"Asked for: Office hour with {ivan().display_name}", True)
    with pytest.raises(errors.NotConfirmedYet):
        operations.move(asked, at(10), by=alice())
    booked = operations.approve(asked, by=ivan())
    assert (booked.status, booked.hold_expires_at) == ("confirmed", None)
    assert not Claim.objects.filter(active=True).exclude(expires_at=None).exists()
    assert told(alice())[1:] == ["appointment_booked", "appointment_reminder"]
    assert [event.kind for event in booked.events.all()] == ["requested", "approved"]


@pytest.mark.row("P13", "A06")
def test_an_assistant_answers_requests_for_the_own_hours():
    helper = make_user(roles=["student"])
    add_instructor(make_open_section(), helper, role="assistant")
    wanted = operations.book(make_type(helper, needs_confirmation=True), alice(), at(9), by=alice())
    with pytest.raises(errors.MayNotAnswer):
        operations.approve(wanted, by=ivan())
    assert operations.approve(wanted, by=helper).status == "confirmed"


@pytest.mark.row("P13")
def test_a_declined_request_frees_the_time_and_says_why(type, asked):
    with pytest.raises(errors.ReasonNeeded):
        operations.decline(asked, by=ivan(), reason=" ")
    assert operations.decline(asked, by=ivan(), reason="On leave").status == "declined"
    assert (told(alice())[1:], told(ivan())[1:]) == (["appointment_declined"], [])
    assert not Claim.objects.filter(active=True).exists()
    assert entries_for(alice(), at(0), at(23)) == []
    for deed in (operations.approve, lambda *args, **more: operations.decline(*args, **more, reason="No")):
        with pytest.raises(errors.NotPending):
            deed(asked, by=ivan())


@pytest.mark.row("R16", "P13")
def test_a_request_without_an_answer_blocks_nobody_from_its_end_on_without_any_job(type, asked, clock):
    other = make_user(roles=["student"])
    assert at(9) not in {slot.starts_at for slot in slot_list(type, other, at(0), at(23), now=clock.at).slots}
    clock.move(hours=5, seconds=1)
    assert at(9) in {slot.starts_at for slot in slot_list(type, other, at(0), at(23), now=clock.at).slots}
    assert operations.book(type, other, at(9), by=other).status == "pending"
    asked.refresh_from_db()
    assert (asked.status, told(alice())[1:]) == ("expired", ["appointment_unanswered"])
    with pytest.raises(errors.NotPending):
        operations.approve(asked, by=ivan())


@pytest.mark.row("R16")
def test_the_sweep_ends_each_request_once(asked, clock):
    assert operations.lapse_due() == 0
    clock.move(hours=5)
    assert (operations.lapse_due(), operations.lapse_due()) == (1, 0)
    assert told(ivan())[1:] == ["appointment_unanswered"]
    assert not Claim.objects.filter(active=True).exists()


@pytest.mark.row("R15")
def test_the_yes_asks_again_whether_both_are_free(asked):
    """The claim of the host is taken away behind the back of the deeds and another one stands there."""
    Claim.objects.filter(person=ivan()).update(active=False)
    Claim.objects.create(person=ivan(), during=(at(9), at(10)), source="absence")
    with pytest.raises(errors.SlotTaken):
        operations.approve(asked, by=ivan())
    asked.refresh_from_db()
    assert asked.status == "pending"


@pytest.mark.row("P13")
def test_who_hosts_books_at_once_and_alone_moves_to_another_time(type):
    booked = operations.book(type, alice(), at(9), by=ivan())
    assert booked.status == "confirmed"
    with pytest.raises(errors.HostConfirms):
        operations.move(booked, at(10), by=alice())
    assert operations.move(booked, at(10), by=ivan()).session.starts_at == at(10)
    with pytest.raises(ValidationError):
        operations.change_type(type, by=ivan(), seats=2)


@pytest.mark.row("P13", "R62")
def test_the_host_answers_on_the_page_and_nobody_else(asked, client):
    address = reverse("appointments:appointment_answer", args=[asked.public_id])
    for person, status in ((alice(), 403), (oscar(), 404)):
        client.force_login(person)
        assert client.get(address).status_code == client.post(address, {"answer": "approve"}).status_code == status
    client.force_login(ivan())
    assert b"My thesis" in client.get(address).content
    refused = client.post(address, {"answer": "decline", "reason": ""})
    assert (refused.status_code, refused.context["form"].has_error("reason", "reason_needed")) == (200, True)
    assert client.post(address, {"answer": "approve"}).status_code == 302
    assert client.post(address, {"answer": "approve"}).context["form"].has_error("__all__", "appointment_not_pending")
    assert Appointment.objects.get().status == "confirmed"


@pytest.mark.row("P13")
def test_a_script_answers_with_the_same_refusals(type):
    api = APIClient()
    api.force_authenticate(alice())
    body = {"type": str(type.public_id), "starts_at": at(9).isoformat()}
    made = api.post(reverse("api-appointment-list"), body, format="json")
    assert (made.status_code, made.data["status"]) == (201, "pending")
    assert made.data["hold_expires_at"] is not None
    approve, decline = (reverse(f"api-appointment-{word}", args=[made.data["id"]]) for word in ("approve", "decline"))
    assert api.post(approve, {}, format="json").status_code == 403
    api.force_authenticate(oscar())
    assert api.post(approve, {}, format="json").status_code == 404
    api.force_authenticate(ivan())
    assert api.post(decline, {"reason": ""}, format="json").json()["code"] == "reason_needed"
    assert api.post(approve, {}, format="json").json()["status"] == "confirmed"
    assert api.post(approve, {}, format="json").json()["code"] == "appointment_not_pending"
