"""A waitlist in four browsers: who leaves, who is offered the seat, who watches; mails read and followed."""

from datetime import time

import pytest
from django.core import mail

from accounts.tests.makers import PASSWORD, make_user, rita
from courses.tests.makers import make_course, make_section, make_term
from notifications.models import OutboxMessage
from notifications.operations import deliver
from students import operations
from students.models import Enrollment, StudentProfile, WaitlistEntry
from students.tests.makers import make_student, meet

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LEAVES, FIRST, SECOND = "leaves@example.org", "first@example.org", "second@example.org"
TEACHES = "teaches@example.org"


@pytest.fixture
def full():
    """Return a class of one seat that is offered to whom comes next."""
    term = make_term(name="This term")
    found = make_section(
        term=term,
        course=make_course("ART", "30", title="Drawing from Life"),
        capacity=1,
        waitlist_mode="offer",
        instructor=make_user(TEACHES, ["instructor"], PASSWORD),
    )
    meet(found, days=2, start=time(11), end=time(12))
    for email, name in ((LEAVES, "Lea"), (FIRST, "Fay"), (SECOND, "Sam")):
        make_student(user=make_user(email, ["student"], PASSWORD, given_name=name, family_name="Example"))
    operations.enroll(student_of(LEAVES), found, by=None)
    return found


def student_of(email):
    return StudentProfile.objects.select_related("user").get(user__email=email)


def deliver_all():
    for message in OutboxMessage.objects.filter(state="queued", kind__in=["seat_offered", "promoted"]):
        deliver(message.pk)


@pytest.mark.row("E11", "E08", "Z02", "R31")
def test_a_seat_goes_from_hand_to_hand(visitor, links, full, screen):
    leaves, first, second, office = (visitor() for _ in range(4))
    for person, email in ((leaves, LEAVES), (first, FIRST), (second, SECOND)):
        person.sign_in(email)
    office.sign_in(rita().email)
    page = f"/classes/{full.public_id}/"

    for place, person in ((1, first), (2, second)):
        person.go(page)
        person.press("Join the line")
        assert person.sees(f"You are in line: {place} of {place}")
    office.go(page + "line/")
    assert office.sees("Fay Example")

    leaves.go(page)
    leaves.press("Drop")
    leaves.press("Drop")
    if screen == "no scripts":
        office.go(page + "line/")
    else:
        office.page.get_by_text("Seats offered").wait_for(timeout=40_000)
    assert office.sees("Seats offered")

    deliver_all()
    assert mail.outbox[-1].subject.startswith("Seat offered: ART 30")
    first.go(links(r"http\S+/offer/"))
    assert first.sees("This seat is kept for you until")
    assert WaitlistEntry.objects.get(student=student_of(FIRST)).status == "offered"
    first.press("Decline")
    first.press("Decline the seat")

    deliver_all()
    assert mail.outbox[-1].to == [SECOND]
    second.go(links(r"http\S+/offer/"))
    second.press("Accept the seat")
    assert second.sees("You are enrolled.")
    assert Enrollment.objects.live().get(section=full).student == student_of(SECOND)

    first.go(page + "line/ledger/")
    for told in ("In order", "Declined the seat", "Accepted the seat", "Your number: 1."):
        assert first.sees(told)
    assert "Sam" not in first.page.locator("main").inner_text()
    for person in (leaves, first, second, office):
        assert person.errors == []
