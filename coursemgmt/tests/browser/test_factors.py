"""Second factors in a real browser: an app, a passkey, a lost phone, a session that is ended elsewhere."""

import re

import pytest

from accounts.tests.makers import PASSWORD, alice, code_of
from coursemgmt.tests.browser.conftest import SCREENS, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOME = re.compile(r":\d+/$")
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def visitors(chromium, live_server, settings):
    """Return a maker of people at browsers of their own, each with a device that holds passkeys."""
    settings.SITE_URL = live_server.url
    contexts = []

    def visit(screen="desktop"):
        context = chromium.new_context(**SCREENS[screen])
        contexts.append(context)
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        return Visitor(page, live_server.url)

    yield visit
    for context in contexts:
        context.close()


def sign_out(visitor):
    visitor.go("/accounts/logout/")
    visitor.press("Sign out")


def touch(visitor, button, leads_to):
    """Press a button that first asks the device: the page goes on when the device has answered."""
    visitor.page.get_by_role("button", name=button, exact=True).click()
    visitor.page.wait_for_url(leads_to)
    visitor.fits()


def show_that_it_is_you(visitor):
    visitor.fill(password=PASSWORD)
    visitor.press("Go on")


def is_signed_in(visitor):
    visitor.page.wait_for_load_state()
    return visitor.page.locator("header .account").count() == 1


@pytest.mark.row("A03", "W02")
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_a_passkey_is_added_signs_in_alone_and_after_the_password(visitors, screen):
    person = alice()
    here = visitors(screen)
    here.sign_in(person.email)
    here.go("/accounts/2fa/")
    here.press("Add a passkey")
    show_that_it_is_you(here)
    here.page.locator("main [name=name]").fill("My phone")
    here.page.locator("main [name=passwordless]").check()
    touch(here, "Add the passkey", "**/recovery-codes/")
    here.sees("Recovery codes")
    here.go("/accounts/2fa/webauthn/")
    here.sees("My phone")
    sign_out(here)
    here.go("/accounts/login/")
    touch(here, "Sign in with a passkey", HOME)
    assert is_signed_in(here)
    sign_out(here)
    here.go("/accounts/login/")
    here.fill(login=person.email, password=PASSWORD)
    here.page.get_by_role("button", name="Sign in", exact=True).click()
    here.page.wait_for_url("**/2fa/authenticate/")
    assert not is_signed_in(here)
    touch(here, "Use a passkey", HOME)
    assert is_signed_in(here)
    assert here.errors == []


@pytest.mark.row("A03", "W03")
def test_an_app_is_set_up_the_phone_is_lost_and_another_session_ended(visitors):
    person = alice()
    here, there = visitors("no scripts"), visitors()
    there.sign_in(person.email)
    here.sign_in(person.email)
    here.go("/accounts/2fa/")
    here.press("Set up an app")
    show_that_it_is_you(here)
    here.fill(code=code_of(here.page.locator("main code").inner_text()))
    here.press("Turn the app on")
    spare = here.page.locator("main .codes code").first.inner_text()
    there.go("/profile/")
    assert not is_signed_in(there)
    there.fill(login=person.email, password=PASSWORD)
    there.page.get_by_role("button", name="Sign in", exact=True).click()
    there.page.wait_for_url("**/2fa/authenticate/")
    there.fill(code=spare)
    there.press("Sign in")
    assert is_signed_in(there)
    here.go("/accounts/sessions/")
    here.page.get_by_role("button", name=re.compile("^End ")).first.click()
    here.sees("The session is ended.")
    there.go("/profile/")
    assert not is_signed_in(there)
    assert here.errors == there.errors == []
