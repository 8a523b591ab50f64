"""What matters is asked of nobody whose sign-in is stale: a browser found open changes no way in."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from accounts.models import PersonalToken, User
from accounts.tests.makers import PASSWORD, alice, with_app, with_passkey

pytestmark = [pytest.mark.django_db, pytest.mark.row("R61")]
NEW = {"password1": "another horse battery", "password2": "another horse battery"}


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


def signed_in(client, person, minutes):
    """Sign in by password, show once more that it is you, and let so many minutes go by."""
    client.force_login(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [record | {"at": record["at"] - minutes * 60} for record in records]
    session.save()
    return client


DEEDS = {
    "address": ("post", "account_email", {"action_add": "", "email": "new@example.org"}),
    "set up an app": ("post", "mfa_activate_totp", {"code": "000000"}),
    "remove the app": ("post", "mfa_deactivate_totp", {}),
    "add a passkey": ("post", "mfa_add_webauthn", {"name": "x", "credential": "{}"}),
    "new recovery codes": ("post", "mfa_generate_recovery_codes", {}),
    "see recovery codes": ("get", "mfa_view_recovery_codes", {}),
    "load recovery codes": ("get", "mfa_download_recovery_codes", {}),
    "make a token": ("post", "accounts:token_list", {"name": "Script", "scopes": ["read:self"], "days": 7}),
    "new feed": ("post", "appointments:feed_settings", {"deed": "rotate"}),
    "ask for a copy": ("post", "privacy:copy_ask", {}),
    "ask for erasure": ("post", "privacy:erase_me", {}),
}
HAS_NO_APP = {"address", "set up an app"}


def state():
    """Return what a thief would like to change."""
    return (
        list(User.objects.order_by("pk").values_list("email", "password")),
        list(EmailAddress.objects.order_by("pk").values_list("email", "verified")),
        list(Authenticator.objects.order_by("pk").values_list("type", "data")),
        list(PersonalToken.objects.order_by("pk").values_list("hash", "revoked_at")),
    )


@pytest.mark.parametrize("deed", DEEDS)
def test_after_six_minutes_it_is_asked_once_more_who_it_is(client, deed):
    person = alice()
    if deed not in HAS_NO_APP:
        with_app(person)
        RecoveryCodes.activate(person)
    person.refresh_from_db()
    method, name, said = DEEDS[deed]
    before = state()
    answer = getattr(signed_in(client, person, minutes=6), method)(reverse(name), said)
    assert answer.status_code == 302
    assert answer.url.startswith((reverse("account_reauthenticate"), reverse("mfa_reauthenticate")))
    assert state() == before
    assert mail.outbox == []
    # The same within five minutes is not asked, so that the test above could have failed.
    cache.clear()
    again = getattr(signed_in(client, person, minutes=4), method)(reverse(name), said)
    assert "reauthenticate" not in again.get("Location", "")


def test_a_passkey_is_removed_only_after_a_fresh_sign_in(client):
    person = alice()
    key = with_passkey(person)
    person.refresh_from_db()
    where = reverse("mfa_remove_webauthn", args=[key.pk])
    assert "reauthenticate" in signed_in(client, person, minutes=6).post(where).url
    assert Authenticator.objects.filter(pk=key.pk).exists()
    signed_in(client, person, minutes=4).post(where)
    assert not Authenticator.objects.filter(pk=key.pk).exists()


def test_a_password_changes_only_with_the_old_one(client):
    person = alice()
    signed_in(client, person, minutes=0).post(reverse("account_change_password"), NEW | {"oldpassword": "wrong"})
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_whoever_has_none_sets_a_password_only_after_a_fresh_sign_in(client):
    person = alice()
    signed_in(client, person, minutes=6)
    where = reverse("account_set_password")
    User.objects.filter(pk=person.pk).update(password="!none")
    # A session goes on only under the password that it began with.
    session = client.session
    session["_auth_user_hash"] = User.objects.get(pk=person.pk).get_session_auth_hash()
    session.save()
    assert client.post(where, NEW).status_code in {302, 403}
    assert not User.objects.get(pk=person.pk).has_usable_password()
    session["account_authentication_methods"] = [
        record | {"at": record["at"] + 120} for record in session["account_authentication_methods"]
    ]
    session.save()
    assert client.get(where).status_code == 200
    client.post(where, NEW)
    assert User.objects.get(pk=person.pk).check_password(NEW["password1"])


def test_a_script_may_make_a_new_feed_and_a_stale_session_may_not(client):
    answer = signed_in(client, alice(), minutes=6).post(reverse("api-feed"))
    assert (answer.status_code, answer.json()["code"]) == (403, "fresh_sign_in_required")
    assert signed_in(client, alice(), minutes=4).post(reverse("api-feed")).status_code == 201


def test_signing_in_is_not_yet_fresh_enough(client):
    person = alice()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    answer = client.post(reverse("accounts:token_list"), DEEDS["make a token"][2])
    assert answer.url.startswith(reverse("account_reauthenticate"))
