"""Whoever follows the links of a mail first, a scanner included, changes nothing."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.operations import invite
from accounts.tests.makers import PASSWORD, adam, alice, ivan
from appointments import operations
from appointments.tests.makers import at, make_type
from coursemgmt.models import DataRequest
from courses.tests.makers import add_instructor
from notifications.events import kinds
from notifications.models import OutboxMessage
from notifications.operations import deliver, notify
from students.models import Enrollment, Hold, OverrideRequest, WaitlistEntry
from students.operations import link_guardian
from students.tests.makers import make_offer, make_open_section, make_student

pytestmark = pytest.mark.django_db
# A stranger's session is begun by the reset page, which keeps the key out of the address; it is nobody's data.
NO_DATA = {"sessions.Session"}
SCANNER = {"User-Agent": "LinkScanner/1.0"}


def everything():
    """Return every row of the site."""
    tables = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    models = [model for model in tables if model._meta.label not in NO_DATA]
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models}


def wish(person, kind, state):
    return DataRequest.objects.create(subject=person, asked_by=person, kind=kind, state=state)


def requests_of(schedule):
    """Return a request in each state that is told of."""
    type = make_type(schedule.host, schedule=schedule, needs_confirmation=True)
    asked, refused, late = (operations.book(type, alice(), at(hour), by=alice()) for hour in (14, 15, 16))
    operations.decline(refused, by=schedule.host, reason="On leave")
    late.status = "expired"
    late.save()
    return {"appointment_requested": asked, "appointment_declined": refused, "appointment_unanswered": late}


def mails_of_the_outbox():
    """Write one message of each kind there is, each about something of which it is true, and send them."""
    type = make_type(ivan())
    booked = operations.book(type, alice(), at(9), by=alice())
    gone = operations.cancel(operations.book(type, alice(), at(12), by=alice()), by=ivan(), reason="Ill")
    section = make_open_section()
    student = make_student(user=alice())
    live = Enrollment.objects.create(student=student, section=section, status="registered", credit_hours=3)
    dropped = Enrollment.objects.create(student=student, section=section, status="dropped", credit_hours=3)
    waiting = WaitlistEntry.objects.create(student=student, section=make_open_section(), seq=1)
    left = WaitlistEntry.objects.create(student=student, section=make_open_section(), seq=1, status="removed")
    offered = make_offer(student)
    expired, closed = (
        WaitlistEntry.objects.create(
            student=student, section=make_open_section(), seq=1, status=status, offer_expires_at=timezone.now()
        )
        for status in ("expired", "closed")
    )
    open_request, answered = (
        OverrideRequest.objects.create(student=student, section=section, kind="capacity", state=state)
        for state in ("open", "granted")
    )
    asked, refused = (
        Enrollment.objects.create(student=student, section=make_open_section(), status=status, credit_hours=3)
        for status in ("pending_approval", "cancelled")
    )
    due = Enrollment.objects.create(
        student=student,
        section=make_open_section(),
        status="pending_payment",
        credit_hours=3,
        hold_expires_at=timezone.now() + timedelta(hours=3),
    )
    held, lifted = (
        Hold.objects.create(student=student, cause="other", office="Dean", released_at=at)
        for at in (None, timezone.now())
    )
    cancelled = make_open_section(status="cancelled")
    closing = make_open_section(access_ends_at=timezone.now() + timedelta(days=3))
    ending = Enrollment.objects.create(student=student, section=closing, status="registered", credit_hours=3)
    facts = {"sequence": 0, "mails": 1}
    about = {
        "appointment_booked": booked, "appointment_moved": booked, "appointment_reminder": booked,
        **requests_of(type.schedule),
        "appointment_cancelled": gone, "enrolled": live, "promoted": live, "dropped": dropped, "waitlisted": waiting,
        "line_left": left, "seat_offered": offered, "offer_reminder": offered, "offer_expired": expired,
        "line_closed": closed, "override_requested": open_request, "override_answered": answered,
        "approval_requested": asked, "approval_declined": refused, "hold_placed": held, "hold_released": lifted,
        "payment_due": due, "section_cancelled": cancelled,
        "section_restored": section, "class_restored": waiting,
        "class_ends_soon": ending,
        "guardian_asked": link_guardian(student, "grace@example.net", by=None),
        "guardian_invited": link_guardian(student, "gordon@example.net", by=None, waived_reason="A minor."),
        "assistant_added": add_instructor(section, ivan(), role="assistant"),
        "invited": invite("nour@example.org", "student", by=adam()),
        "copy_ready": wish(alice(), "export", "ready"),
        "erasure_requested": wish(alice(), "erasure", "requested"),
        "erasure_approved": wish(ivan(), "erasure", "approved"),
        "erasure_refused": wish(ivan(), "erasure", "refused"),
    }  # fmt: skip
    OutboxMessage.objects.all().delete()
    for kind in kinds():
        to = ivan() if kind in {"section_cancelled", "section_restored"} else alice()
        notify(kind, to=to, about=about[kind], facts=facts)
    sent = [deliver(message.pk) for message in OutboxMessage.objects.order_by("pk")]
    assert sent == ["sent"] * len(kinds())


def mails_of_the_account(client):
    person = alice()
    new = {"given_name": "Nour", "email": "nour@example.org", "password1": PASSWORD, "password2": PASSWORD}
    client.post(reverse("account_signup"), new)
    client.post(reverse("account_signup"), new | {"email": person.email})
    for email in (person.email, "nobody@example.org"):
        client.post(reverse("account_reset_password"), {"email": email})
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    asked = client.post(reverse("account_email"), {"action_add": "", "email": "new@example.org"})
    client.post(asked.url, {"password": PASSWORD})
    new = {"oldpassword": PASSWORD, "password1": "another horse battery", "password2": "another horse battery"}
    client.post(reverse("account_change_password"), new)


@pytest.mark.row("R31")
def test_no_link_of_any_mail_does_anything_by_get_or_head(client):
    cache.clear()
    mails_of_the_outbox()
    mails_of_the_account(client)
    texts = [message.body + message.alternatives[0][0] for message in mail.outbox]
    links = sorted({found for text in texts for found in re.findall(r"https?://[^\s\"<>]+", text)})
    assert len(mail.outbox) >= len(kinds()) + 6
    assert {link.startswith("http://localhost:8000") for link in links} == {True}
    reader = Client(headers=SCANNER)
    reader.force_login(alice())
    before = everything()
    for visitor in (Client(headers=SCANNER), reader):
        for link in links:
            for _time in range(3):
                for ask in (visitor.get, visitor.head):
                    assert ask(link.removeprefix("http://localhost:8000"), follow=True).status_code in (200, 403, 404)
    assert everything() == before


@pytest.mark.row("R31", "A01")
def test_the_link_works_for_its_reader_after_a_scanner_followed_it(client):
    cache.clear()
    new = {"given_name": "Nour", "email": "nour@example.org", "password1": PASSWORD, "password2": PASSWORD}
    client.post(reverse("account_signup"), new)
    path = re.search(r"http://localhost:8000(/\S+)", mail.outbox[0].body)[1]
    for _time in range(3):
        Client(headers=SCANNER).get(path, follow=True)
    Client().post(path)
    client.post(reverse("account_login"), {"login": "nour@example.org", "password": PASSWORD})
    assert "_auth_user_id" in client.session


@pytest.mark.row("N08")
def test_every_mail_has_a_fact_in_its_subject_one_button_and_a_text_as_good(client):
    cache.clear()
    mails_of_the_outbox()
    mails_of_the_account(client)
    for message in mail.outbox:
        html = next(content for content, kind in message.alternatives if kind == "text/html")
        assert message.subject
        buttons = re.findall(r'<a href="([^"]+)" style="display:inline-block', html)
        assert len(buttons) <= 1, message.subject
        for link in buttons:
            assert link.replace("&amp;", "&") in message.body
        assert "\n\n\n" not in message.body
        said = message.subject + message.body
        assert "None" not in said
        assert "{{" not in said
