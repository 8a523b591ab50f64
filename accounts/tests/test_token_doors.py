"""Tokens of scripts against factors, races and events: promises R47, R51 to R54."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core import mail
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from accounts import operations
from accounts.api import tokens
from accounts.models import TokenFamily
from accounts.tests.makers import PASSWORD, adam, alice, code_of, make_user, rita, with_app, with_passkey

pytestmark = pytest.mark.django_db
TOKEN, REFRESH, ME = "/api/v1/auth/token/", "/api/v1/auth/refresh/", "/api/v1/me/"


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()
    yield
    # What a test of races counted stays in the database otherwise.
    cache.clear()


def ask(person, **more):
    return APIClient().post(TOKEN, {"email": person.email, "password": PASSWORD} | more, format="json")


def bearing(secret):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def at_once(count, deed):
    """Return what `deed(number)` returned for each number, all started together."""
    start = threading.Barrier(count)

    def run(number):
        start.wait()
        try:
            return deed(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.row("W04", "R51")
def test_a_code_is_asked_for_used_up_and_not_taken_twice():
    person = alice()
    secret = with_app(person)
    without = ask(person)
    assert (without.status_code, without.json()["code"]) == (401, "mfa_required")
    code = code_of(secret)
    assert ask(person, code=code).status_code == 201
    again = ask(person, code=code)
    assert (again.status_code, again.json()["code"]) == (401, "bad_code")


@pytest.mark.row("W04", "R51")
def test_a_recovery_code_gives_a_token_once():
    person = alice()
    with_app(person)
    code = RecoveryCodes.activate(person).generate_codes()[0]
    assert [ask(person, code=code).status_code for _time in range(2)] == [201, 401]


@pytest.mark.row("W04", "R51")
def test_a_passkey_alone_gives_no_token_by_password():
    person = alice()
    with_passkey(person)
    spare = RecoveryCodes.activate(person).generate_codes()[0]
    for more in ({}, {"code": "123456"}, {"code": spare}):
        answer = ask(person, **more)
        assert (answer.status_code, answer.json()["code"]) == (401, "mfa_required")


@pytest.mark.row("A12", "R47")
def test_codes_are_counted_together_at_the_page_and_at_the_token_door():
    person = alice()
    secret = with_app(person)
    browser = Client()
    browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    for number in range(5):
        ask(person, code=f"{number:06}")
        browser.post(reverse("mfa_authenticate"), {"code": f"{number + 50:06}"})
    answer = ask(person, code=code_of(secret))
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


STATES = {
    "no factor": lambda person: None,
    "app": with_app,
    "passkey": with_passkey,
    "unconfirmed": lambda person: EmailAddress.objects.filter(user=person).update(verified=False),
    "closed": lambda person: operations.deactivate(person, by=None),
}
# What the password alone opens at the page, at the admin and at the token door.
OPENS = {
    ("no factor", "student"): (True, False, 201),
    ("app", "student"): (False, False, 401),
    ("passkey", "student"): (False, False, 401),
    ("unconfirmed", "student"): (False, False, 401),
    ("closed", "student"): (False, False, 401),
    ("no factor", "registrar"): (False, False, 403),
    ("app", "registrar"): (False, False, 401),
    ("passkey", "registrar"): (False, False, 401),
    ("unconfirmed", "registrar"): (False, False, 401),
    ("closed", "registrar"): (False, False, 401),
}


@pytest.mark.row("R51", "A03", "W04")
@pytest.mark.parametrize(("state", "role"), list(OPENS), ids=lambda value: value)
def test_the_password_alone_opens_each_door_as_the_table_says(settings, state, role):
    settings.REQUIRE_STAFF_MFA = True
    person = make_user(roles=[role], password=PASSWORD)
    STATES[state](person)
    page, admin = Client(), Client()
    page.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    where = admin.post(reverse("admin:login"), {"username": person.email, "password": PASSWORD}).url
    admin.post(where, {"login": person.email, "password": PASSWORD})
    opened = (
        page.get(reverse("accounts:profile")).status_code == 200,
        admin.get(reverse("admin:index")).status_code == 200,
        ask(person).status_code,
    )
    assert opened == OPENS[state, role]


@pytest.mark.row("R51", "W04")
def test_a_token_of_staff_ends_where_their_factor_is_demanded_and_missing(settings):
    person = rita()
    access = tokens.issue(person)["access"]
    assert bearing(access).get(ME).status_code == 200
    settings.REQUIRE_STAFF_MFA = True
    assert bearing(access).get(ME).status_code == 401


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.row("R52", "W04")
def test_of_twenty_parallel_refreshes_one_succeeds_ten_times_over():
    person = alice()
    won = 0
    for _round in range(10):
        refresh = tokens.issue(person)["refresh"]
        codes = at_once(20, lambda _number, refresh=refresh: _refreshed(refresh))
        assert set(codes) <= {200, 401}
        won += codes.count(200)
    assert won == 10


def _refreshed(refresh):
    return APIClient().post(REFRESH, {"refresh": refresh}, format="json").status_code


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.row("R47", "A12")
def test_of_sixty_parallel_wrong_passwords_over_three_doors_ten_are_checked(monkeypatch):
    person, checked = alice(), []
    check = ModelBackend.authenticate

    def counted(*args, **kwargs):
        checked.append(kwargs.get("email"))
        return check(*args, **kwargs)

    monkeypatch.setattr(ModelBackend, "authenticate", counted)
    signed_in = Client()
    signed_in.force_login(person)
    cookies = signed_in.cookies

    def guess(number):
        address = {"REMOTE_ADDR": f"10.0.0.{number}"}
        wrong = f"wrong horse {number}"
        if number % 3 == 0:
            return Client(**address).post(reverse("account_login"), {"login": person.email, "password": wrong})
        if number % 3 == 1:
            return APIClient(**address).post(TOKEN, {"email": person.email, "password": wrong}, format="json")
        again = Client(**address)
        again.cookies = cookies
        return again.post(reverse("account_reauthenticate"), {"password": wrong})

    answers = at_once(60, guess)
    assert max(answer.status_code for answer in answers) < 500
    assert 0 < len(checked) <= 10
    assert ask(person).status_code == 429


@pytest.mark.row("R53", "W04")
def test_a_stolen_and_replayed_token_ends_both_sides_and_tells_the_person():
    person = alice()
    stolen = tokens.issue(person)["refresh"]
    thief = APIClient().post(REFRESH, {"refresh": stolen}, format="json").json()
    assert _refreshed(stolen) == 401
    assert _refreshed(thief["refresh"]) == 401
    assert bearing(thief["access"]).get(ME).status_code == 401
    (told,) = mail.outbox
    assert told.to == [person.email]
    assert "was used a second time" in told.body


def forged(**changes):
    """Return a token that differs from a good access token of Alice in one thing."""
    person = alice()
    claims = AccessToken(tokens.issue(person)["access"]).payload | changes.get("claims", {})
    key = changes.get("key", settings.JWT_SIGNING_KEY)
    return jwt.encode(claims, key, algorithm=changes.get("algorithm", "HS256"), headers=changes.get("headers"))


NOW = int(time.time())
FORGED = {
    "no algorithm": {"algorithm": "none", "key": None},
    "another algorithm": {"algorithm": "HS384"},
    "another key": {"key": "k" * 40},
    "the key of cookies": {"key": settings.SECRET_KEY},
    "another audience": {"claims": {"aud": "elsewhere"}},
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "past its end": {"claims": {"exp": NOW - 1}},
    "not yet": {"claims": {"nbf": NOW + 3600}},
    "another kind": {"claims": {"token_type": "refresh"}},
    "another person": {"claims": {"sub": "00000000-0000-0000-0000-000000000000"}},
    "another family": {"claims": {"family": "00000000-0000-0000-0000-000000000000"}},
    "a family that is no id": {"claims": {"family": ["x"]}},
    "an old epoch": {"claims": {"epoch": -1}},
}


@pytest.mark.row("R55")
@pytest.mark.parametrize("change", FORGED)
def test_a_forged_token_is_a_401(change):
    assert bearing(forged()).get(ME).status_code == 200
    assert bearing(forged(**FORGED[change])).get(ME).status_code == 401


@pytest.mark.row("R55")
@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1", "x" * 10_000])
def test_what_a_token_says_of_its_key_is_not_looked_at(kid):
    answer = bearing(forged(headers={"kid": kid}, key="k" * 40)).get(ME)
    assert answer.status_code == 401


@pytest.mark.row("R56")
def test_the_key_of_a_session_changes_when_somebody_signs_in():
    person = alice()
    secret = with_app(person)
    browser = Client()
    browser.get(reverse("account_login"))
    session = browser.session
    session["x"] = 1
    session.save()
    keys = [session.session_key]
    browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    browser.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    keys.append(browser.session.session_key)
    assert len(set(keys)) == 2
    stranger = Client()
    stranger.cookies["session"] = keys[0]
    assert stranger.get(reverse("accounts:profile")).status_code == 302


EVENTS = {
    "password": lambda client, person: client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "another horse battery", "password2": "another horse battery"},
    ),
    "new factor": lambda client, person: with_app(person),
    "sign out everywhere": lambda client, person: client.post(reverse("accounts:sign_out_everywhere")),
    "closed": lambda client, person: operations.deactivate(person, by=adam()),
    "lost factors": lambda client, person: operations.reset_factors(person, by=adam()),
    "new address": lambda client, person: _change_address(client, person),
}


def _change_address(client, person):
    new = EmailAddress.objects.create(user=person, email="new@example.org", verified=True)
    EmailAddress.objects.filter(user=person, primary=True).update(primary=False)
    new.set_as_primary()
    email_changed.send(sender=type(person), request=None, user=person, from_email_address=None, to_email_address=new)


@pytest.mark.row("R54", "W03", "W04")
@pytest.mark.parametrize("event", EVENTS)
def test_every_old_sign_in_ends_with_the_next_request(event):
    person = alice()
    browsers = [Client() for _number in range(3)]
    for browser in browsers:
        browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    pairs = [tokens.issue(person) for _number in range(2)]
    personal = operations.mint_token(person, "Script", ["read:self"], days=7, by=person)
    feed = operations.rotate_feed(person, by=person)
    assert bearing(personal).get(ME).status_code == 200
    EVENTS[event](browsers[0], person)
    for browser in browsers[1:]:
        assert browser.get(reverse("accounts:profile")).status_code == 302
    for pair in pairs:
        assert bearing(pair["access"]).get(ME).status_code == 401
        assert _refreshed(pair["refresh"]) == 401
    assert bearing(personal).get(ME).status_code == 401
    assert operations.feed_owner(feed) is None


@pytest.mark.row("R54", "R56")
def test_the_session_that_changes_the_password_goes_on_under_a_new_key():
    person = alice()
    browser = Client()
    browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    before = browser.session.session_key
    EVENTS["password"](browser, person)
    assert browser.get(reverse("accounts:profile")).status_code == 200
    assert browser.session.session_key != before


@pytest.mark.row("W04")
def test_a_family_ends_after_ninety_days_however_often_it_is_refreshed(settings):
    pair = tokens.issue(alice())
    settings.TOKEN_FAMILY_LIFETIME *= -1
    assert _refreshed(pair["refresh"]) == 401
    assert TokenFamily.objects.count() == 1
