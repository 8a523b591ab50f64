"""Sign-in by OpenID Connect, against a provider that runs as another process with a database of its own."""

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from accounts import operations
from accounts.models import User
from accounts.tests import federated_urls
from accounts.tests.makers import PASSWORD, code_of, make_user, with_app
from accounts.tests.oidc_provider import CLIENT, SECRET
from coursemgmt import federation, urls

pytestmark = [pytest.mark.django_db, pytest.mark.row("A02")]
ROOT = Path(__file__).resolve().parents[2]
HERE = "http://localhost:8000"
BEGIN = "/accounts/oidc/campus-oidc/login/"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def started(module, folder):
    """Run a provider as another process and yield its address once it answers."""
    port = free_port()
    command = [sys.executable, "-m", module, str(port), str(folder)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"DJANGO_SETTINGS_MODULE": ""}) as process:
        try:
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline and process.poll() is None:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with started("accounts.tests.oidc_provider", tmp_path_factory.mktemp("provider")) as address:
        yield address


@pytest.fixture(autouse=True)
def _site(settings, monkeypatch, provider):
    """The site as the environment makes it, with the provider of this module."""
    cache.clear()
    monkeypatch.setenv("OIDC_SERVER_URL", provider)
    monkeypatch.setenv("OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("OIDC_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("OIDC_TRUSTED_DOMAINS", "campus.example, dept.campus.example")
    settings.SOCIALACCOUNT_PROVIDERS = federation.providers(debug=True)
    settings.ROOT_URLCONF = federated_urls.__name__


def of_the_provider(settings, **changed):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"] = app["settings"] | changed


def come_back(client, provider, name, begin=BEGIN + "?process=login"):
    """Go through the provider as this person and return the address that it sends the browser back to."""
    sent = client.post(begin)
    assert sent.status_code == 302, sent.content
    assert sent.url.startswith(provider)
    there = requests.Session()
    there.get(f"{provider}/enter/{name}/")
    back = there.get(sent.url, allow_redirects=False)
    assert back.status_code == 302, back.text
    assert back.headers["Location"].startswith(HERE)
    return back.headers["Location"].removeprefix(HERE)


def sign_in(client, provider, name, **more):
    return client.get(come_back(client, provider, name, **more))


def is_signed_in(client):
    return "_auth_user_id" in client.session


def test_somebody_new_is_signed_in_without_any_role(client, provider):
    assert sign_in(client, provider, "nour").url == reverse("home")
    assert is_signed_in(client)
    person = User.objects.get(email="nour@campus.example")
    assert (person.given_name, person.family_name, person.has_usable_password()) == ("Nour", "Campus", False)
    assert list(person.groups.all()) == []
    assert EmailAddress.objects.get(user=person).verified
    assert SocialAccount.objects.get(user=person).extra_data == {}
    assert client.get(reverse("accounts:profile")).status_code == 200
    assert len(client.get(reverse("usersessions_list")).context["sessions"]) == 1


def test_somebody_new_gets_the_role_that_the_operator_set(client, provider, settings):
    settings.FEDERATED_ROLE = "student"
    sign_in(client, provider, "nour")
    assert User.objects.get(email="nour@campus.example").groups.get().name == "student"


def test_an_account_is_found_by_the_shown_address_told_by_mail_and_found_again(client, provider):
    person = make_user("Alice@campus.example", ["instructor"], PASSWORD)
    for _time in range(2):
        client.cookies.clear()
        sign_in(client, provider, "alice")
        assert client.session["_auth_user_id"] == str(person.pk)
    assert User.objects.count() == 1
    assert [sent.subject for sent in mail.outbox] == ["A new way to sign in at Northfield University: Campus account"]
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_once_known_somebody_is_found_though_the_address_here_has_changed(client, provider):
    person = make_user("alice@campus.example", ["student"], PASSWORD)
    sign_in(client, provider, "alice")
    EmailAddress.objects.filter(user=person).update(email="new@example.org")
    User.objects.filter(pk=person.pk).update(email="new@example.org")
    client.cookies.clear()
    sign_in(client, provider, "alice")
    assert client.session["_auth_user_id"] == str(person.pk)


@pytest.mark.row("R51")
@pytest.mark.parametrize("name", ["unshown", "stranger"])
def test_an_address_that_was_not_shown_or_is_of_another_domain_signs_nobody_in(client, provider, name):
    for email in ("alice2@campus.example", "alice@elsewhere.example"):
        make_user(email, ["registrar"], PASSWORD)
    answer = sign_in(client, provider, name)
    assert answer.status_code == 403
    assert "did not confirm an address" in answer.text
    assert not is_signed_in(client)
    assert User.objects.count() == 2
    assert not SocialAccount.objects.exists()


@pytest.mark.row("R45")
def test_the_refusal_is_the_same_whoever_has_an_account(client, provider):
    without = sign_in(client, provider, "stranger")
    make_user("alice@elsewhere.example", password=PASSWORD)
    with_account = sign_in(Client(), provider, "stranger")
    plain = re.compile(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"|(code|state)=\w+')
    assert plain.sub("", without.text) == plain.sub("", with_account.text)


@pytest.mark.row("R51")
def test_a_closed_account_stays_closed(client, provider):
    person = make_user("alice@campus.example", password=PASSWORD)
    sign_in(client, provider, "alice")
    operations.deactivate(person, by=None)
    for visitor in (client, Client()):
        assert sign_in(visitor, provider, "alice").url == reverse("account_inactive")
        assert visitor.get(reverse("accounts:profile")).url.startswith(reverse("account_login"))


@pytest.mark.row("R51")
def test_a_closed_account_that_the_provider_never_signed_in_stays_closed(client, provider):
    person = make_user("alice@campus.example", password=PASSWORD)
    operations.deactivate(person, by=None)
    assert sign_in(client, provider, "alice").url == reverse("account_inactive")
    assert not SocialAccount.objects.exists()


@pytest.mark.row("R51")
def test_an_account_that_a_stranger_made_for_the_address_becomes_its_owners(client, provider):
    squatter = make_user("alice@campus.example", password="wrong horse battery")
    EmailAddress.objects.filter(user=squatter).update(verified=False)
    sign_in(client, provider, "alice")
    assert client.session["_auth_user_id"] == str(squatter.pk)
    squatter.refresh_from_db()
    assert not squatter.has_usable_password()
    assert EmailAddress.objects.get(user=squatter).verified


@pytest.mark.row("R51", "A03")
def test_the_own_second_factor_is_still_asked_for(client, provider):
    person = make_user("alice@campus.example", password=PASSWORD)
    secret = with_app(person)
    assert sign_in(client, provider, "alice").url == reverse("mfa_authenticate")
    assert client.get(reverse("accounts:profile")).status_code == 302
    assert not is_signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_signed_in(client)


@pytest.mark.row("R51", "A03")
@pytest.mark.parametrize("vouches", [False, True])
def test_staff_need_a_factor_here_unless_the_operator_says_the_provider_asks(client, provider, settings, vouches):
    settings.REQUIRE_STAFF_MFA = True
    of_the_provider(settings, provides_mfa=vouches)
    person = make_user("rita@campus.example", ["registrar"], PASSWORD)
    sign_in(client, provider, "rita")
    assert is_signed_in(client)
    answer = client.get(reverse("accounts:profile"))
    assert (answer.status_code == 200) is vouches
    # What the provider asked opens no other door: the password alone still gives no page and no token.
    other = Client()
    other.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert other.get(reverse("accounts:profile")).url == reverse("mfa_index")
    said = {"email": person.email, "password": PASSWORD}
    assert other.post(reverse("api_token"), said, content_type="application/json").status_code == 403


@pytest.mark.row("R51")
def test_no_token_is_given_to_whom_the_provider_alone_signs_in(client, provider):
    sign_in(client, provider, "nour")
    for password in ("", "!", PASSWORD):
        said = {"email": "nour@campus.example", "password": password}
        answer = Client().post(reverse("api_token"), said, content_type="application/json")
        assert answer.status_code in {400, 401}


@pytest.mark.row("R61")
def test_whoever_has_no_password_here_signs_in_again_before_what_matters(client, provider):
    sign_in(client, provider, "nour")
    where = reverse("accounts:token_list")
    said = {"name": "Script", "scopes": ["read:self"], "days": 7}
    assert "cms_" in client.post(where, said).text
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [record | {"at": record["at"] - 360} for record in records]
    session.save()
    asked = client.post(where, said)
    assert asked.url.startswith(reverse("sign_in_again", urlconf="accounts.tests.federated_urls"))
    page = client.get(asked.url)
    assert "Sign in again with Campus account" in page.text
    begin = re.search(r'action="(/accounts/oidc/[^"]+)"', page.text)[1].replace("&amp;", "&")
    assert "prompt=login" in client.post(begin).url.replace("%3D", "=")
    back = come_back(client, provider, "nour", begin=begin.replace("prompt%3Dlogin", ""))
    assert client.get(back).url == where
    assert "cms_" in client.post(where, said).text


@pytest.mark.row("R54")
def test_all_sign_ins_of_somebody_end_whichever_way_they_began(client, provider):
    sign_in(client, provider, "nour")
    operations.sign_out_everywhere(User.objects.get(email="nour@campus.example"), by=None)
    assert client.get(reverse("accounts:profile")).status_code == 302


def test_a_code_works_once_and_only_in_the_browser_that_began(client, provider):
    back = come_back(client, provider, "nour")
    for visitor in (Client(), Client()):
        assert visitor.get(back).status_code == 401
        assert not is_signed_in(visitor)
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 401


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?error=access_denied", "?code=x&state=x", "?state=%00"])
def test_a_made_up_answer_is_refused_in_words(client, query):
    answer = client.get(BEGIN + "callback/" + query)
    assert answer.status_code in {400, 401}
    assert not is_signed_in(client)


def test_a_made_up_code_is_refused_in_words(client):
    state = parse_qs(urlsplit(client.post(BEGIN).url).query)["state"][0]
    answer = client.get(BEGIN + "callback/", {"code": "made-up", "state": state})
    assert answer.status_code == 401
    assert "This sign-in did not work" in answer.text


def test_whoever_stops_at_the_provider_is_told_so(client):
    state = parse_qs(urlsplit(client.post(BEGIN).url).query)["state"][0]
    answer = client.get(BEGIN + "callback/", {"error": "access_denied", "state": state}, follow=True)
    assert "Nothing has changed here" in answer.text


@pytest.mark.parametrize("process", ["connect", "redirect"])
def test_a_provider_signs_in_and_does_nothing_else(client, provider, process):
    person = make_user("oscar@example.org", password=PASSWORD)
    client.force_login(person)
    answer = sign_in(client, provider, "nour", begin=f"{BEGIN}?process={process}&next=/profile/")
    assert answer.status_code == 403
    assert not SocialAccount.objects.exists()


@pytest.mark.row("R59")
def test_the_way_back_leads_to_a_page_of_this_site(client, provider):
    assert sign_in(client, provider, "nour", begin=BEGIN + "?process=login&next=/profile/").url == "/profile/"
    client.cookies.clear()
    begin = BEGIN + "?process=login&next=https://evil.example/"
    assert sign_in(client, provider, "nour", begin=begin).url == reverse("home")


@pytest.mark.row("R58")
def test_the_way_back_is_on_the_configured_address_whatever_host_was_asked(client):
    sent = client.post(BEGIN, headers={"Host": "localhost:9999", "X-Forwarded-Host": "evil.example"})
    back = parse_qs(urlsplit(sent.url).query)["redirect_uri"]
    assert back == [HERE + BEGIN + "callback/"]


def test_a_provider_that_does_not_answer_is_told_in_words(client, settings):
    of_the_provider(settings, server_url=f"http://127.0.0.1:{free_port()}")
    answer = client.post(BEGIN)
    assert answer.status_code == 503
    assert "This sign-in did not work" in answer.text


def test_nothing_begins_before_a_button_is_pressed_and_unknown_providers_are_not_found(client):
    page = client.get(BEGIN)
    assert page.status_code == 200
    assert "You go on to Campus account" in page.text
    assert client.get("/accounts/oidc/other/login/").status_code == 404


def test_the_sign_in_page_offers_the_provider_where_one_is_set_up(client, settings):
    assert "Sign in with Campus account" in client.get(reverse("account_login")).text
    settings.SOCIALACCOUNT_PROVIDERS = {}
    settings.ROOT_URLCONF = urls.__name__
    assert "Campus account" not in client.get(reverse("account_login")).text
    for where in (
        BEGIN,
        BEGIN + "callback/",
        "/accounts/3rdparty/",
        "/accounts/social/signup/",
        "/accounts/saml/x/acs/",
    ):
        assert client.get(where).status_code == 404


WRONG = [
    ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID"),
    ({"OIDC_SERVER_URL": "campus"}, "OIDC_SERVER_URL"),
    ({"OIDC_SERVER_URL": "http://login.campus.example"}, "https://"),
    ({"OIDC_TRUSTED_DOMAINS": ""}, "OIDC_TRUSTED_DOMAINS"),
    ({"OIDC_TRUSTED_DOMAINS": "@campus.example"}, "OIDC_TRUSTED_DOMAINS"),
    ({"OIDC_PROVIDES_MFA": "perhaps"}, "OIDC_PROVIDES_MFA"),
]


@pytest.mark.parametrize(("changed", "named"), WRONG)
def test_a_provider_that_is_set_up_by_halves_stops_the_start_with_a_sentence(monkeypatch, changed, named):
    monkeypatch.setenv("OIDC_SERVER_URL", "https://login.campus.example")
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=named):
        federation.providers(debug=False)


def test_a_form_may_lead_to_the_provider_and_nowhere_else(settings, provider):
    assert federation.origins(settings.SOCIALACCOUNT_PROVIDERS) == [provider]
    assert federation.origins({}) == []
