"""Ways in, in a real browser: an invitation to its end, a passkey while others guess, a lost phone and the office."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.makers import PASSWORD, adam, alice, ivan, rita, with_app
from coursemgmt.tests.browser.test_factors import HOME, is_signed_in, show_that_it_is_you, sign_out, touch, visitors
from notifications.mail import local
from notifications.models import OutboxMessage
from notifications.operations import deliver

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["visitors"]


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


@pytest.fixture
def mailbox(settings):
    """Mail goes into files, as without a mail server, and is read from there."""
    settings.EMAIL_BACKEND = "notifications.mail.backend.LocalFileBackend"

    def newest_to(address):
        for message in OutboxMessage.objects.filter(state="queued"):
            deliver(message.pk)
        return next(found for name in local.names() if address in (found := local.read(name)).to)

    return newest_to


@pytest.mark.row("A01", "W05")
@pytest.mark.parametrize("screen", ["desktop", "phone", "no scripts"])
def test_an_administrator_invites_an_instructor_who_comes_in_by_the_mail(visitors, mailbox, screen):
    head = adam()
    office, newcomer = visitors(screen), visitors(screen)
    office.sign_in(head.email)
    office.go("/invitations/")
    office.press("Invite")
    office.fill(emails="Nour.ElAmin@example.org", note="Welcome to the department.")
    office.page.locator("main select[name=role]").select_option("instructor")
    office.press("Invite")
    office.sees("1 person is invited.")
    office.sees("nour.elamin@example.org")
    told = mailbox("nour.elamin@example.org")
    assert told.subject == "Invitation to Northfield University: Instructor"
    newcomer.go(re.search(r"https?://\S+/invitations/\S+", told.text)[0])
    newcomer.sees("nour.elamin@example.org")
    newcomer.fill(given_name="Nour", family_name="El-Amin", password1=PASSWORD, password2="something else")
    newcomer.press("Accept and sign in")
    newcomer.sees("This is not the same password.")
    newcomer.fill(password1=PASSWORD, password2=PASSWORD)
    newcomer.press("Accept and sign in")
    newcomer.sees("You have the role now: Instructor.")
    assert is_signed_in(newcomer)
    office.go("/invitations/")
    office.sees("Accepted")
    newcomer.go(re.search(r"https?://\S+/invitations/\S+", told.text)[0])
    newcomer.sees("This invitation is not good any more")
    assert User.objects.get(email="nour.elamin@example.org").groups.get().name == "instructor"
    assert [error for error in newcomer.errors if "404" not in error] == office.errors == []


@pytest.mark.row("R50", "A03")
def test_a_passkey_lets_its_owner_in_while_somebody_guesses_at_the_password(visitors):
    person = alice()
    here = visitors()
    here.sign_in(person.email)
    here.go("/accounts/2fa/")
    here.press("Add a passkey")
    show_that_it_is_you(here)
    here.page.locator("main [name=name]").fill("My phone")
    here.page.locator("main [name=passwordless]").check()
    touch(here, "Add the passkey", "**/recovery-codes/")
    sign_out(here)
    for number in range(12):
        said = {"login": person.email, "password": f"wrong horse {number}"}
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(reverse("account_login"), said)
    here.sign_in(person.email)
    assert not is_signed_in(here)
    here.go("/accounts/login/")
    touch(here, "Sign in with a passkey", HOME)
    assert is_signed_in(here)


@pytest.mark.row("A03")
def test_who_lost_the_phone_and_the_codes_comes_in_again_after_the_office_removed_them(visitors):
    person = alice()
    with_app(person)
    here, office = visitors("phone"), visitors()
    here.sign_in(person.email)
    here.page.wait_for_url("**/2fa/authenticate/")
    assert not is_signed_in(here)
    office.sign_in(rita().email)
    office.page.goto(office.base + reverse("admin:accounts_user_changelist") + "?q=" + person.email)
    office.page.locator("input.action-select").first.check()
    office.page.locator("select[name=action]").select_option("reset_factors")
    office.page.locator("[name=reason]").fill("Came to the office with a card.")
    office.page.locator("button[name=index]").click()
    office.page.wait_for_load_state()
    assert "factors" in mail.outbox[-1].subject.lower()
    assert mail.outbox[-1].to == [person.email]
    here.sign_in(person.email)
    here.page.wait_for_url(HOME)
    assert is_signed_in(here)


@pytest.mark.row("W03")
def test_another_device_is_signed_out_from_the_list(visitors):
    person = ivan()
    here, there = visitors("phone"), visitors()
    for visitor in (there, here):
        visitor.sign_in(person.email)
    here.go("/accounts/sessions/")
    here.page.get_by_role("button", name=re.compile("^End ")).first.click()
    here.sees("The session is ended.")
    there.go("/profile/")
    assert not is_signed_in(there)
    assert is_signed_in(here)
