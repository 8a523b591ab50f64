"""Tokens, one's own account, and the list of people, over the API."""

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.state import token_backend

from accounts import operations
from accounts.api import tokens
from accounts.models import TokenFamily, User
from accounts.tests.makers import PASSWORD, adam, alice, ivan, make_user, oscar, rita

pytestmark = pytest.mark.django_db
TOKEN, REFRESH, REVOKE = "/api/v1/auth/token/", "/api/v1/auth/refresh/", "/api/v1/auth/revoke/"


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


@pytest.fixture
def api():
    return APIClient()


def post(api, where, **data):
    return api.post(where, data, format="json")


def bearing(access):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def signed_in(user):
    return bearing(tokens.issue(user)["access"])


def test_address_and_password_give_a_working_access_token(api):
    alice()
    answer = post(api, TOKEN, email="ALICE@example.org", password=PASSWORD)
    assert answer.status_code == 201
    assert bearing(answer.json()["access"]).get("/api/v1/me/").json()["email"] == "alice@example.org"


def test_every_reason_for_no_token_gets_the_same_answer(api):
    alice()
    unconfirmed, closed = (
        make_user("new@example.org", password=PASSWORD),
        make_user("old@example.org", password=PASSWORD),
    )
    EmailAddress.objects.filter(user=unconfirmed).update(verified=False)
    operations.deactivate(closed, by=adam())
    answers = [
        post(api, TOKEN, email=email, password=password)
        for email, password in [
            ("alice@example.org", "wrong horse battery"),
            ("nobody@example.org", PASSWORD),
            ("new@example.org", PASSWORD),
            ("old@example.org", PASSWORD),
        ]
    ]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert len({answer.content for answer in answers}) == 1
    assert answers[0]["Content-Type"] == "application/problem+json"
    assert answers[0].json()["code"] == "bad_credentials"


def test_wrong_passwords_are_counted_together_with_the_sign_in_page(api, client):
    alice()
    for _number in range(5):
        post(api, TOKEN, email="alice@example.org", password="wrong horse battery")
        client.post("/accounts/login/", {"login": "alice@example.org", "password": "wrong horse battery"})
    answer = post(api, TOKEN, email="Alice@example.org", password=PASSWORD)
    assert answer.status_code == 429
    assert "Retry-After" in answer
    client.post("/accounts/login/", {"login": "alice@example.org", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_sixty_students_behind_one_address_all_get_a_token(api):
    people = [make_user(password=PASSWORD) for _number in range(3)]
    got = [post(api, TOKEN, email=people[n % 3].email, password=PASSWORD).status_code for n in range(60)]
    assert got == [201] * 60


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"email": "a@b.c"}',
        b'{"email": 1, "password": []}',
        b'{"email":"\\u0000","password":"x"}',
    ],
)
def test_a_malformed_request_for_a_token_is_a_400(api, body):
    assert api.post(TOKEN, body, content_type="application/json").status_code == 400


def test_an_unknown_field_is_refused(api):
    answer = post(api, TOKEN, email="a@example.org", password="x", admin=True)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["admin"])


def test_a_refresh_gives_a_new_pair_once(api):
    first = tokens.issue(alice())
    second = post(api, REFRESH, refresh=first["refresh"])
    assert second.status_code == 200
    assert post(api, REFRESH, refresh=second.json()["refresh"]).status_code == 200


def test_reuse_of_an_old_refresh_token_ends_the_whole_family(api):
    first = tokens.issue(alice())
    second = post(api, REFRESH, refresh=first["refresh"]).json()
    assert post(api, REFRESH, refresh=first["refresh"]).status_code == 401
    assert post(api, REFRESH, refresh=second["refresh"]).status_code == 401
    assert bearing(second["access"]).get("/api/v1/me/").status_code == 401


def test_another_sign_in_outlives_the_end_of_a_family(api):
    person = alice()
    first, other = tokens.issue(person), tokens.issue(person)
    assert post(api, REVOKE, refresh=first["refresh"]).status_code == 204
    assert bearing(first["access"]).get("/api/v1/me/").status_code == 401
    assert bearing(other["access"]).get("/api/v1/me/").status_code == 200


def test_an_access_token_is_no_refresh_token_and_the_reverse(api):
    pair = tokens.issue(alice())
    assert post(api, REFRESH, refresh=pair["access"]).status_code == 401
    assert bearing(pair["refresh"]).get("/api/v1/me/").status_code == 401


def test_tokens_for_another_audience_or_of_another_issuer_are_refused(monkeypatch):
    for name in ("audience", "issuer"):
        with monkeypatch.context() as patch:
            patch.setattr(token_backend, name, "elsewhere")
            access = tokens.issue(alice())["access"]
        assert bearing(access).get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "\u00e9", "x" * 5000])
def test_nonsense_as_a_token_is_a_401(value):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {value}".encode().decode("latin-1"))
    answer = client.get("/api/v1/me/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


def test_tokens_end_with_a_role_that_is_taken():
    person = rita()
    client = signed_in(person)
    operations.remove_role(person, "registrar", by=adam())
    assert client.get("/api/v1/people/").status_code == 401


def test_a_refresh_for_a_deleted_person_is_a_401(api):
    person = make_user()
    pair = tokens.issue(person)
    EmailAddress.objects.filter(user=person).delete()
    person.delete()
    assert post(api, REFRESH, refresh=pair["refresh"]).status_code == 401


def test_the_stock_views_of_the_token_library_are_nowhere():
    def walk(patterns):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns)
            else:
                yield getattr(pattern.callback, "cls", getattr(pattern.callback, "view_class", pattern.callback))

    assert [
        view for view in walk(get_resolver().url_patterns) if view.__module__.startswith("rest_framework_simplejwt")
    ] == []


@pytest.mark.row("X02")
def test_a_person_reads_and_changes_their_own_account():
    client = signed_in(alice())
    answer = client.patch("/api/v1/me/", {"time_zone": "Europe/Berlin", "pronouns": "she"}, format="json")
    assert answer.status_code == 200
    me = client.get("/api/v1/me/").json()
    assert me == answer.json()
    assert (me["time_zone"], me["pronouns"], me["roles"]) == ("Europe/Berlin", "she", ["student"])


@pytest.mark.row("X02")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("locale", "xx"),
        ("email", "x@example.org"),
        ("is_staff", True),
        ("roles", ["registrar"]),
    ],
)
def test_what_is_malformed_or_not_ones_own_to_change_is_a_400(field, value):
    person = alice()
    before = User.objects.values().get(pk=person.pk)
    answer = signed_in(person).patch("/api/v1/me/", {field: value}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert User.objects.values().get(pk=person.pk) == before


def test_staff_find_people_by_words():
    for maker in (alice, ivan, oscar):
        maker()
    client = signed_in(rita())
    found = client.get("/api/v1/people/", {"search": "ali exam"}).json()["results"]
    assert [person["email"] for person in found] == ["alice@example.org"]
    found = client.get("/api/v1/people/", {"role": "instructor"}).json()["results"]
    assert [person["name"] for person in found] == ["Ivan Example"]


@pytest.mark.parametrize("maker", [alice, ivan, oscar])
def test_others_do_not_see_the_list_of_people(maker):
    other = make_user()
    client = signed_in(maker())
    assert client.get("/api/v1/people/").status_code == 403
    assert client.get(f"/api/v1/people/{other.public_id}/").status_code == 403


def test_strangers_get_a_401():
    assert APIClient().get("/api/v1/people/").status_code == 401
    assert APIClient().get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("query", ["search=%00", "nonsense=1", "page_size=0", "page_size=201", "cursor=x", "role=king"])
def test_odd_queries_are_refused_and_never_crash(query):
    answer = signed_in(rita()).get(f"/api/v1/people/?{query}")
    assert answer.status_code in {400, 404}
    assert answer["Content-Type"] == "application/problem+json"


def test_the_list_of_people_takes_as_many_queries_for_three_as_for_thirty():
    client = signed_in(rita())
    counts = []
    for more in (2, 28):
        for _number in range(more):
            make_user(roles=["student"])
        with CaptureQueriesContext(connection) as seen:
            client.get("/api/v1/people/")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_families_remember_when_they_were_used(api):
    pair = tokens.issue(alice())
    before = timezone.now()
    post(api, REFRESH, refresh=pair["refresh"])
    assert TokenFamily.objects.get().used_at >= before
