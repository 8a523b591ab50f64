"""Sign-in by SAML in a real browser, which posts the answer of the provider from another site, without our cookies."""

import pytest

from accounts.models import User
from accounts.tests.test_saml import _site, provider
from coursemgmt.tests.browser.test_factors import is_signed_in, visitors

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.row("A02")]
__all__ = ["_site", "provider", "visitors"]


@pytest.mark.parametrize("screen", ["desktop", "no scripts"])
def test_somebody_comes_in_by_the_account_of_the_campus(visitors, provider, settings, screen):
    address, _certificate = provider
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": policy | {"form-action": [*policy["form-action"], address]}}
    person = visitors(screen)
    person.go("/accounts/login/")
    person.page.get_by_role("button", name="Sign in with Campus account").click()
    person.page.wait_for_url(f"{address}/**")
    person.page.get_by_role("button", name="Go on as Nour").click()
    person.page.wait_for_url(f"{person.base}/")
    assert is_signed_in(person)
    assert User.objects.get().email == "nour@campus.example"
    assert person.errors == []
