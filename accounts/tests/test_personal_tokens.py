"""Personal tokens: minted in the browser, scoped, shown once, ended; and the limit of requests."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import operations
from accounts.api import tokens
from accounts.errors import ScopeNotYours
from accounts.models import PersonalToken, User
from accounts.tests.makers import PASSWORD, adam, alice, ivan, make_user, oscar, rita, with_app
from core.errors import NotAllowed

pytestmark = pytest.mark.django_db
ME, TOKEN = "/api/v1/me/", "/api/v1/auth/token/"


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()
    yield
    # What a test of races counted stays in the database otherwise.
    cache.clear()


def bearing(secret):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def mint(person, *scopes, days=7):
    return operations.mint_token(person, "Script", scopes or ["read:self"], days=days, by=person)


@pytest.mark.row("I02", "R61")
def test_a_token_is_made_after_a_fresh_sign_in_and_shown_once(client):
    person = alice()
    client.force_login(person)
    where = reverse("accounts:token_list")
    said = {"name": "Backup", "scopes": ["read:self"], "days": 30}
    asked = client.post(where, said)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not PersonalToken.objects.exists()
    made = client.post(asked.url, {"password": PASSWORD, "next": where})
    secret = made.context["secret"]
    assert secret in made.text
    (told,) = mail.outbox
    assert "A token for a script was made" in told.subject
    assert secret not in told.body
    assert made["Cache-Control"] == "no-store"
    token = PersonalToken.objects.get()
    assert secret not in str(PersonalToken.objects.values().get())
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    later = client.get(where)
    assert "Backup" in later.text
    assert secret not in later.text


@pytest.mark.row("I02")
def test_the_use_of_a_token_is_shown_and_its_end_is_at_once(client):
    person = alice()
    secret = mint(person)
    assert bearing(secret).get(ME).json()["email"] == person.email
    token = PersonalToken.objects.get()
    assert timezone.now() - token.last_used_at < timedelta(minutes=1)
    client.force_login(person)
    client.post(reverse("accounts:token_revoke", args=[token.public_id]))
    answer = bearing(secret).get(ME)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")


@pytest.mark.row("I02")
def test_a_token_past_its_end_and_of_a_closed_account_opens_nothing():
    person = alice()
    secret = mint(person)
    PersonalToken.objects.update(expires_at=timezone.now())
    assert bearing(secret).get(ME).status_code == 401
    other = mint(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert bearing(other).get(ME).status_code == 401


@pytest.mark.row("I02")
def test_a_token_lives_ninety_days_at_most():
    mint(alice(), days=4000)
    assert PersonalToken.objects.get().expires_at - timezone.now() <= timedelta(days=90)


@pytest.mark.row("I02")
def test_nobody_sees_or_ends_a_token_of_somebody_else(client):
    mint(alice())
    token = PersonalToken.objects.get()
    client.force_login(oscar())
    assert list(client.get(reverse("accounts:token_list")).context["tokens"]) == []
    assert client.post(reverse("accounts:token_revoke", args=[token.public_id])).status_code == 404
    with pytest.raises(NotAllowed):
        operations.revoke_token(token, by=oscar())
    with pytest.raises(NotAllowed):
        operations.mint_token(alice(), "x", ["read:self"], days=7, by=adam())


@pytest.mark.row("I02")
def test_the_calendar_feed_is_no_token_of_the_api_and_the_reverse():
    person = alice()
    feed, secret = operations.rotate_feed(person, by=person), mint(person)
    assert bearing(feed).get(ME).status_code == 401
    assert bearing("cms_" + feed).get(ME).status_code == 401
    assert operations.feed_owner(secret) is None


@pytest.mark.row("I02", "R72")
@pytest.mark.parametrize(
    ("maker", "scopes"),
    [
        (alice, ["staff:read"]),
        (alice, ["grade:write"]),
        (ivan, ["write:enrollment"]),
        (ivan, ["grade:finalize"]),
        (oscar, ["read:everything"]),
        (oscar, []),
    ],
)
def test_a_scope_that_is_not_ones_own_is_refused(maker, scopes):
    person = maker()
    with pytest.raises(ScopeNotYours):
        operations.mint_token(person, "x", scopes, days=7, by=person)


@pytest.mark.row("I02", "R51")
def test_staff_scopes_are_given_only_with_the_second_factor_that_is_demanded(settings):
    settings.REQUIRE_STAFF_MFA = True
    person = rita()
    with pytest.raises(ScopeNotYours):
        mint(person, "staff:read")
    with_app(person)
    person = User.objects.get(pk=person.pk)
    assert bearing(mint(person, "staff:read")).get("/api/v1/people/").status_code == 200


@pytest.mark.row("R72")
@pytest.mark.parametrize("kind", ["personal token", "access token"])
def test_a_staff_token_for_oneself_does_nothing_of_staff(kind):
    person = rita()
    secret = mint(person) if kind == "personal token" else tokens.issue(person, ["read:self"])["access"]
    client = bearing(secret)
    assert client.get(ME).status_code == 200
    refused = client.get("/api/v1/people/")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert client.post("/api/v1/terms/", {}, format="json").status_code == 403
    assert client.get("/api/v1/students/").json()["results"] == []
    assert User.objects.get(pk=person.pk).is_staff


@pytest.mark.row("W04", "R72")
def test_the_token_door_narrows_to_the_scopes_that_are_asked():
    person = alice()
    said = {"email": person.email, "password": PASSWORD}
    narrow = APIClient().post(TOKEN, said | {"scopes": ["write:enrollment"]}, format="json")
    assert narrow.status_code == 201
    assert bearing(narrow.json()["access"]).get(ME).status_code == 403
    pair = APIClient().post("/api/v1/auth/refresh/", {"refresh": narrow.json()["refresh"]}, format="json").json()
    assert bearing(pair["access"]).get(ME).status_code == 403
    wide = APIClient().post(TOKEN, said | {"scopes": ["staff:read"]}, format="json")
    assert (wide.status_code, wide.json()["code"]) == (403, "scope_not_yours")


@pytest.mark.row("I04")
@pytest.mark.parametrize("kind", ["personal token", "access token"])
def test_a_token_that_asks_too_often_waits_for_the_next_minute(settings, kind):
    settings.API_REQUESTS_PER_MINUTE = 3
    person = alice()
    secret = mint(person) if kind == "personal token" else tokens.issue(person)["access"]
    client = bearing(secret)
    assert [client.get(ME).status_code for _number in range(5)] == [200, 200, 200, 429, 429]
    answer = client.get(ME)
    assert 0 < int(answer["Retry-After"]) <= 60
    assert bearing(tokens.issue(person)["access"]).get(ME).status_code == 200
    model = type(PersonalToken.objects.first() or person.token_families.first())
    model.objects.update(minute=1)
    assert client.get(ME).status_code == 200


@pytest.mark.row("W03")
def test_ones_sessions_are_listed_and_one_is_ended_alone(client):
    person = alice()
    others = [Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/130.0"}) for _number in range(2)]
    for browser in (client, *others):
        browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    page = client.get(reverse("usersessions_list"))
    assert len(page.context["sessions"]) == 3
    assert page.text.count("Firefox on Linux") >= 2
    key = others[0].session.session_key
    (row,) = [session for session in page.context["sessions"] if session.session_key == key]
    client.post(reverse("accounts:session_end", args=[row.pk]))
    states = [browser.get(reverse("accounts:profile")).status_code for browser in (client, *others)]
    assert states == [200, 302, 200]
    client.post(reverse("usersessions_list"))
    states = [browser.get(reverse("accounts:profile")).status_code for browser in (client, *others)]
    assert states == [200, 302, 302]


@pytest.mark.row("W03", "I02", "R118")
@pytest.mark.parametrize("name", ["usersessions_list", "accounts:token_list"])
def test_one_and_many_rows_take_as_many_queries(client, name):
    person = alice()
    said = {"login": person.email, "password": PASSWORD}
    client.post(reverse("account_login"), said)
    mint(person)
    asked = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        asked.append(len(queries))
        for _number in range(3):
            Client().post(reverse("account_login"), said)
            mint(person)
    assert asked[0] == asked[1] <= 15


@pytest.mark.row("W03")
def test_nobody_ends_a_session_of_somebody_else(client):
    person = alice()
    browser = Client()
    browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    row = person.usersession_set.get()
    client.force_login(make_user())
    assert client.post(reverse("accounts:session_end", args=[row.pk])).status_code == 404
    assert browser.get(reverse("accounts:profile")).status_code == 200


@pytest.mark.row("R57")
@pytest.mark.parametrize(
    ("maker", "idle", "age", "status"),
    [
        (rita, 29 * 60, 3600, 200),
        (rita, 31 * 60, 3600, 302),
        (alice, 31 * 60, 3600, 200),
        (alice, 60, 12 * 3600 + 60, 302),
    ],
)
def test_a_session_ends_when_it_is_left_alone_or_too_old(client, maker, idle, age, status):
    client.force_login(maker())
    session = client.session
    session["seen_at"] -= idle
    session["began_at"] -= age
    session.save()
    assert client.get(reverse("accounts:profile")).status_code == status
