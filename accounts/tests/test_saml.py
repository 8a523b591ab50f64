"""Sign-in by SAML, against a small provider in another process that signs its answers."""

import base64
import os
import subprocess
import sys

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import operations
from accounts.models import User
from accounts.tests.makers import PASSWORD, code_of, make_user, with_app
from accounts.tests.saml_provider import ENTITY
from accounts.tests.test_federation import ROOT, is_signed_in, started
from coursemgmt import federation

pytestmark = [pytest.mark.django_db, pytest.mark.row("A02")]
BEGIN, ACS = "/accounts/saml/campus/login/", "/accounts/saml/campus/acs/"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saml")
    with started("accounts.tests.saml_provider", folder) as address:
        yield address, folder / "certificate.pem"


@pytest.fixture(autouse=True)
def _site(settings, monkeypatch, provider):
    """The site as the environment makes it, with the provider of this module."""
    cache.clear()
    address, certificate = provider
    monkeypatch.setenv("SAML_IDP_ENTITY_ID", ENTITY)
    monkeypatch.setenv("SAML_IDP_SSO_URL", address + "/sso")
    monkeypatch.setenv("SAML_IDP_CERTIFICATE", str(certificate))
    monkeypatch.setenv("SAML_TRUSTED_DOMAINS", "campus.example")
    settings.SOCIALACCOUNT_PROVIDERS = federation.providers(debug=True)
    settings.ROOT_URLCONF = "accounts.tests.saml_urls"
    registry.load()
    monkeypatch.setitem(registry.provider_map, "saml", SAMLProvider)


def answer_of(client, **said):
    """Begin at the site and return what the provider answers."""
    sent = client.post(BEGIN + "?process=login")
    assert sent.status_code == 302, sent.content
    return requests.get(sent.url, params=said, timeout=30).json()


def post(client, answer):
    """Post the answer as the page of the provider does: without our cookies, which belong to another site."""
    elsewhere = Client().post(ACS, answer, headers={"Host": "localhost:8000"})
    if elsewhere.status_code != 302:
        return elsewhere
    client.cookies["saml-acs-session"] = elsewhere.cookies["saml-acs-session"].value
    return client.get(elsewhere.url, headers={"Host": "localhost:8000"})


def sign_in(client, **said):
    return post(client, answer_of(client, **said))


def test_somebody_new_is_signed_in_without_any_role(client):
    assert sign_in(client).url == reverse("home")
    assert is_signed_in(client)
    person = User.objects.get(email="nour@campus.example")
    assert (person.given_name, person.family_name, list(person.groups.all())) == ("Nour", "Campus", [])
    assert SocialAccount.objects.get(user=person).extra_data == {}


def test_an_account_is_found_by_its_address_and_found_again(client):
    person = make_user("alice@campus.example", ["student"], PASSWORD)
    for _time in range(2):
        client.cookies.clear()
        sign_in(client, who=person.email)
        assert client.session["_auth_user_id"] == str(person.pk)
    assert User.objects.count() == 1


@pytest.mark.row("R51")
def test_an_address_of_another_domain_signs_nobody_in(client):
    make_user("rita@elsewhere.example", ["registrar"], PASSWORD)
    answer = sign_in(client, who="rita@elsewhere.example")
    assert answer.status_code == 403
    assert "did not confirm an address" in answer.text
    assert not is_signed_in(client)


@pytest.mark.row("R51", "A03")
def test_a_factor_is_still_asked_for_and_a_closed_account_stays_closed(client):
    person = make_user("alice@campus.example", password=PASSWORD)
    secret = with_app(person)
    assert sign_in(client, who=person.email).url == reverse("mfa_authenticate")
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_signed_in(client)
    operations.deactivate(person, by=None)
    other = Client()
    assert sign_in(other, who=person.email).url == reverse("account_inactive")
    assert not is_signed_in(other)


FAULTS = [
    "unsigned", "another key", "changed", "wrapped", "audience", "expired", "not yet", "destination", "recipient",
    "issuer", "answers another", "unasked", "denied",
]  # fmt: skip


@pytest.mark.row("R51")
@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_is_wrong_in_one_thing_signs_nobody_in_and_is_told_in_words(client, fault):
    make_user("rita@campus.example", ["registrar"], PASSWORD)
    answer = sign_in(client, fault=fault)
    if answer.status_code == 302:
        assert answer.url == reverse("socialaccount_login_cancelled", urlconf="accounts.tests.saml_urls")
    else:
        assert answer.status_code in {401, 403}
        assert "<h1>" in answer.text
    assert not is_signed_in(client)
    assert not SocialAccount.objects.exists()


@pytest.mark.row("R51")
def test_a_comment_inside_of_an_address_makes_it_no_other_address(client):
    make_user("alice@campus.example", ["registrar"], PASSWORD)
    answer = sign_in(client, who="alice@campus.example", fault="comment")
    assert answer.status_code == 403
    assert not is_signed_in(client)


@pytest.mark.row("R51")
def test_an_answer_works_once_and_in_no_other_browser(client):
    answer = answer_of(client)
    assert post(Client(), answer).status_code == 403
    assert post(client, answer).status_code == 302
    for visitor in (client, Client()):
        visitor.cookies.pop("session", None)
        assert post(visitor, answer).status_code == 403
        assert not is_signed_in(visitor)


NONSENSE = [
    "", "x", "%%%", "\x00", "A" * 300_000, "Bot", base64.b64encode(b"<a").decode(),
    base64.b64encode(b"<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'/>").decode(),
    base64.b64encode(b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>").decode(),
    base64.b64encode(b"\xff\xfe\x00").decode(),
]  # fmt: skip


@pytest.mark.parametrize("said", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_is_refused_in_words(client, said):
    client.post(BEGIN)
    answer = post(client, {"SAMLResponse": said, "RelayState": "https://evil.example/"})
    assert answer.status_code in {400, 401}
    assert not is_signed_in(client)


def test_the_addresses_of_the_answer_do_nothing_by_themselves(client):
    for where in (ACS, ACS + "finish/"):
        assert client.get(where).status_code == 401
    assert client.get("/accounts/saml/campus/sls/").status_code == 404
    assert client.get("/accounts/saml/other/login/").status_code == 404


@pytest.mark.row("R58")
def test_what_is_told_to_the_provider_names_the_configured_address(client):
    page = client.get("/accounts/saml/campus/metadata/", headers={"Host": "localhost:9999"})
    assert page["Content-Type"] == "text/xml"
    assert f"http://localhost:8000{ACS}" in page.text
    assert "9999" not in page.text
    assert "SingleLogout" not in page.text


WRONG = [
    ({"SAML_IDP_CERTIFICATE": "/nowhere/certificate.pem"}, "SAML_IDP_CERTIFICATE"),
    ({"SAML_IDP_SSO_URL": "http://login.campus.example"}, "https://"),
    ({"SAML_TRUSTED_DOMAINS": ""}, "SAML_TRUSTED_DOMAINS"),
    ({"SAML_IDP_METADATA_URL": "http://login.campus.example"}, "https://"),
]


@pytest.mark.parametrize(("changed", "named"), WRONG)
def test_a_provider_that_is_set_up_by_halves_stops_the_start_with_a_sentence(monkeypatch, changed, named):
    monkeypatch.setenv("SAML_IDP_SSO_URL", "https://login.campus.example/sso")
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=named):
        federation.providers(debug=False)


SHOW = """
import os
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = os.environ["SHOWN_DATABASE"]
from django.test import Client
from django.urls import reverse
page = Client().get("/accounts/login/", headers={"host": "localhost"})
print(page.headers["Content-Security-Policy"])
print(page.content.decode())
print(reverse("saml_acs", args=["campus"]), reverse("openid_connect_login", args=["campus-oidc"]))
"""


def test_the_environment_alone_sets_both_kinds_up(provider):
    said = os.environ | {
        "DEBUG": "true", "DJANGO_SETTINGS_MODULE": "coursemgmt.settings", "SAML_NAME": "Campus by SAML",
        "OIDC_SERVER_URL": "https://login.campus.example/realm", "OIDC_NAME": "Campus by OIDC",
        "OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "y", "OIDC_TRUSTED_DOMAINS": "campus.example",
        "FEDERATION_ORIGINS": "https://other.campus.example",
        # A fresh checkout has no other database with tables in it.
        "SHOWN_DATABASE": connection.settings_dict["NAME"],
    }  # fmt: skip
    made = subprocess.run([sys.executable, "-c", SHOW], cwd=ROOT, env=said, capture_output=True, text=True, check=True)
    assert "Sign in with Campus by SAML" in made.stdout
    assert "Sign in with Campus by OIDC" in made.stdout
    for origin in ("https://login.campus.example", "https://other.campus.example", provider[0]):
        assert origin in made.stdout.splitlines()[0]
    assert made.stdout.splitlines()[-1] == f"{ACS} /accounts/oidc/campus-oidc/login/"
