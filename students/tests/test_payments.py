"""Seats that wait for their payment."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.makers import ivan, make_user, oscar, rita
from core.errors import DomainError
from notifications.models import OutboxMessage
from students import operations
from students.errors import DueInThePast, MayNotSettle, NotEnrolled, NotUnpaid
from students.models import WaitlistEntry
from students.queries.seats import seats
from students.tests.clock import Clock
from students.tests.makers import enroll_directly, make_open_section, make_student

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch, timezone.now())


@pytest.fixture
def owed(clock):
    """The only seat of a section, to be paid within three hours."""
    seat = operations.enroll(make_student(), make_open_section(1), by=None)
    return operations.await_payment(seat, clock.at + timedelta(hours=3), by=rita(), reason="Fees of the lab.")


def told(seat):
    return list(OutboxMessage.objects.filter(recipient=seat.student.user).order_by("pk").values_list("kind", flat=True))


@pytest.mark.row("E05")
def test_a_seat_that_waits_for_its_payment_is_held_and_paid_is_like_any_other(owed, clock):
    assert (owed.status, seats(owed.section).free) == ("pending_payment", 0)
    with pytest.raises(DomainError):
        operations.enroll(make_student(), owed.section, by=None)
    clock.move(hours=2)
    paid = operations.settle_payment(owed, by=rita())
    assert (paid.status, paid.hold_expires_at) == ("registered", None)
    assert [event.to_status for event in paid.events.all()] == ["registered", "pending_payment", "registered"]
    assert told(paid) == ["enrolled", "payment_due", "enrolled"]
    clock.move(hours=20)
    assert seats(paid.section).free == 0
    with pytest.raises(NotUnpaid):
        operations.settle_payment(paid, by=rita())


@pytest.mark.row("R16")
def test_a_seat_that_is_not_paid_in_time_is_free_at_that_instant_without_any_job(owed, clock):
    clock.move(hours=3)
    assert operations.enroll(make_student(), owed.section, by=None).status == "registered"


@pytest.mark.row("R08", "R16")
def test_the_sweep_offers_an_unpaid_seat_to_the_next_in_line(owed, clock):
    type(owed.section).objects.filter(pk=owed.section.pk).update(waitlist_mode="offer")
    waiting = operations.join_waitlist(make_student(), owed.section, by=None)
    clock.move(hours=3)
    assert (operations.pass_on_lapsed(), operations.pass_on_lapsed()) == (1, 0)
    owed.refresh_from_db()
    waiting.refresh_from_db()
    assert (owed.status, waiting.status) == ("cancelled", WaitlistEntry.Status.OFFERED)
    assert (told(owed)[-1], told(waiting)[-2:]) == ("dropped", ["seat_offered", "offer_reminder"])


@pytest.mark.row("R17")
def test_a_seat_that_lapsed_and_was_taken_is_neither_held_anew_nor_settled(owed, clock):
    """The history that sold three of two seats: to be paid, lapsed, taken by another, to be paid later."""
    clock.move(hours=3)
    operations.enroll(make_student(), owed.section, by=None)
    with pytest.raises(NotEnrolled):
        operations.await_payment(owed, clock.at + timedelta(hours=3), by=None)
    with pytest.raises(NotUnpaid):
        operations.settle_payment(owed, by=None)
    found = seats(owed.section)
    assert (found.taken, found.capacity) == (1, 1)
    owed.refresh_from_db()
    assert owed.status == "cancelled"


@pytest.mark.row("E05")
def test_until_when_a_seat_is_held_can_be_changed_but_not_to_the_past(owed, clock):
    with pytest.raises(DueInThePast):
        operations.await_payment(owed, clock.at, by=rita())
    later = operations.await_payment(owed, clock.at + timedelta(days=2), by=rita())
    clock.move(days=1)
    assert (later.status, seats(owed.section).free) == ("pending_payment", 0)


@pytest.mark.row("E05")
def test_only_the_office_says_what_is_paid_and_nobody_of_the_own_seat(owed, clock):
    both = make_user(roles=["student", "registrar"])
    own = enroll_directly(make_student(user=both), make_open_section())
    for seat, who in ((owed, owed.student.user), (owed, ivan()), (own, both)):
        with pytest.raises(MayNotSettle):
            operations.await_payment(seat, clock.at + timedelta(hours=1), by=who)
        with pytest.raises(MayNotSettle):
            operations.settle_payment(seat, by=who)


@pytest.mark.row("E05", "R62")
def test_the_office_says_it_on_the_page_and_nobody_else(clock, client):
    seat = operations.enroll(make_student(), make_open_section(1), by=None)
    address = reverse("students:enrollment_payment", args=[seat.public_id])
    for person, status in ((seat.student.user, 403), (oscar(), 404)):
        client.force_login(person)
        assert client.get(address).status_code == client.post(address, {"step": "paid"}).status_code == status
    client.force_login(rita())
    assert client.get(address).status_code == 200
    assert client.post(address, {"step": "paid"}).context["form"].has_error("__all__", "not_unpaid")
    assert client.post(address, {"step": "due"}).context["form"].has_error("until", "required")
    assert client.post(address, {"step": "due", "until": "2020-01-01T10:00"}).status_code == 409
    assert client.post(address, {"step": "due", "until": "2199-01-01T10:00"}).status_code == 302
    seat.refresh_from_db()
    assert seat.status == "pending_payment"
    client.force_login(seat.student.user)
    assert b"pay by" in client.get(reverse("students:enrollments")).content
    assert (
        b"waits for its payment"
        in client.get(reverse("students:section_detail", args=[seat.section.public_id])).content
    )


@pytest.mark.row("E05")
def test_a_script_says_it_with_the_same_refusals(clock):
    seat = operations.enroll(make_student(), make_open_section(1), by=None)
    due, settle = (reverse(f"api_enrollment-{word}", args=[seat.public_id]) for word in ("await-payment", "settle"))
    api = APIClient()
    for person, status in ((seat.student.user, 403), (oscar(), 404)):
        api.force_authenticate(person)
        assert api.post(due, {"until": "2199-01-01T10:00Z"}, format="json").status_code == status
        assert api.post(settle, {}, format="json").status_code == status
    api.force_authenticate(rita())
    assert api.post(settle, {}, format="json").json()["code"] == "not_unpaid"
    assert api.post(due, {"until": "soon"}, format="json").status_code == 400
    assert api.post(due, {"until": "2020-01-01T10:00Z"}, format="json").json()["code"] == "due_in_the_past"
    waits = api.post(due, {"until": "2199-01-01T10:00Z"}, format="json").json()
    assert (waits["status"], waits["hold_expires_at"][:10]) == ("pending_payment", "2199-01-01")
    assert api.post(settle, {}, format="json").json()["status"] == "registered"
