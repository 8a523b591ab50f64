"""Side doors and nasty hands at the doors of accounts."""

import re
import threading

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import connections
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts import operations
from accounts.models import User
from accounts.tests.makers import PASSWORD, adam, alice, ivan, make_user, oscar, rita

pytestmark = pytest.mark.django_db
NEW = {"given_name": "Nour", "email": "nour@example.org", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()
    yield
    # What a test of races counted stays in the database otherwise.
    cache.clear()


def sign_in(client, email, password=PASSWORD, **more):
    return client.post(reverse("account_login"), {"login": email, "password": password}, **more)


def is_signed_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.row("A01", "W01")
def test_closing_an_account_ends_its_open_session_and_its_reset_link(client):
    person = alice()
    sign_in(client, person.email)
    assert client.get(reverse("accounts:profile")).status_code == 200
    operations.deactivate(person, by=adam())
    assert client.get(reverse("accounts:profile")).url.startswith(reverse("account_login"))
    mail.outbox.clear()
    Client().post(reverse("account_reset_password"), {"email": person.email})
    assert "/password/reset/key/" not in "".join(message.body for message in mail.outbox)


@pytest.mark.row("A01")
def test_an_unconfirmed_person_enters_by_no_door(client):
    person = make_user("new@example.org", ["registrar"], PASSWORD)
    EmailAddress.objects.filter(user=person).update(verified=False)
    sign_in(client, person.email)
    client.post(reverse("admin:login"), {"username": person.email, "password": PASSWORD})
    assert not is_signed_in(client)
    assert client.get(reverse("admin:index")).status_code == 302
    api = APIClient()
    data = {"email": person.email, "password": PASSWORD}
    assert api.post("/api/v1/auth/token/", data, format="json").status_code == 401
    for header in ("Basic bmV3QGV4YW1wbGUub3JnOmNvcnJlY3QgaG9yc2UgYmF0dGVyeQ==", f"Token {person.pk}"):
        api.credentials(HTTP_AUTHORIZATION=header)
        assert api.get("/api/v1/me/").status_code == 401


@pytest.mark.row("R50", "W01")
def test_who_is_locked_out_by_a_guesser_gets_in_at_once_by_the_link_in_their_mail(client):
    person = alice()
    for _number in range(11):
        sign_in(Client(), person.email, "wrong horse battery")
    sign_in(client, person.email)
    assert not is_signed_in(client)
    client.post(reverse("account_reset_password"), {"email": person.email})
    path = re.search(r"http://localhost:8000(/\S+)", mail.outbox[-1].body)[1]
    form = client.get(path, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "another horse battery", "password2": "another horse battery"})
    sign_in(client, person.email, "another horse battery")
    assert is_signed_in(client)


def test_a_password_in_a_basic_header_opens_nothing_for_anybody():
    rita()
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION="Basic cml0YUBleGFtcGxlLm9yZzpjb3JyZWN0IGhvcnNlIGJhdHRlcnk=")
    assert api.get("/api/v1/people/").status_code == 401


def test_guesses_with_made_up_addresses_of_the_sender_are_still_counted(client):
    person = alice()
    for number in range(11):
        headers = {"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.1.{number}", "Host": "localhost"}
        sign_in(client, person.email, "wrong horse battery", headers=headers)
    sign_in(client, person.email, headers={"X-Forwarded-For": "10.9.9.9"})
    assert not is_signed_in(client)


@pytest.mark.row("W01")
def test_nobody_takes_the_address_of_somebody_else(client):
    ivan()
    person = alice()
    sign_in(client, person.email)
    asked = client.post(reverse("account_email"), {"action_add": "", "email": "IVAN@example.org"})
    if asked.status_code == 302:
        client.post(asked.url, {"password": PASSWORD})
    # The answer is the same as for any address; the link that its owner gets cannot be followed.
    for message in mail.outbox:
        for path in re.findall(r"http://localhost:8000(/accounts/confirm-email/\S+)", message.body):
            assert Client().get(path).status_code == 200
            assert Client().post(path).status_code < 500
    assert set(User.objects.values_list("email", flat=True)) == {"alice@example.org", "ivan@example.org"}
    assert not EmailAddress.objects.filter(user=person, email__iexact="ivan@example.org", verified=True).exists()


@pytest.mark.row("A01")
@pytest.mark.parametrize(
    "fields",
    [
        {"given_name": "A\r\nBcc: x@example.org"},
        {"given_name": "x" * 10_000},
        {"given_name": "\u202eevil\u2028"},
        {"given_name": "A\x00B"},
        {"given_name": "<script>alert(1)</script>", "family_name": "{{ 7|add:7 }}"},
        {"email": "nour@example.org\r\nBcc: x@example.org"},
        {"email": "x" * 300 + "@example.org"},
        {"password1": "x" * 100_000, "password2": "x" * 100_000},
        {"email": ""},
        {},
    ],
)
def test_odd_sign_ups_are_answered_by_a_page_and_add_no_header(client, fields):
    page = client.post(reverse("account_signup"), NEW | fields)
    assert page.status_code in (200, 302, 400)
    for message in mail.outbox:
        raw = message.message()
        assert raw["Bcc"] is None
        html = message.alternatives[0][0]
        assert "<script>" not in html
        assert "14" not in message.body.replace(message.body[message.body.find("http") :], "")


@pytest.mark.row("W01")
@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(client, where):
    alice()
    answer = client.post(
        reverse("account_login") + f"?next={where}", {"login": "alice@example.org", "password": PASSWORD, "next": where}
    )
    assert answer.url == reverse("home")


@pytest.mark.django_db(transaction=True)
@pytest.mark.row("A01")
def test_two_sign_ups_with_one_address_at_once_make_one_account():
    start, codes = threading.Barrier(4), []

    def run():
        start.wait()
        try:
            codes.append(Client().post(reverse("account_signup"), NEW).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == 4
    assert max(codes) < 500
    assert User.objects.filter(email__iexact="nour@example.org").count() == 1


@pytest.mark.row("R77", "R100")
def test_a_photo_is_for_the_person_staff_and_the_advisor(client):
    person, tutor = alice(), make_user(roles=["advisor"])
    person.photo.save("photo", ContentFile(b"picture"))
    operations.assign_advisor(person, tutor, by=None)
    where = reverse("accounts:photo", args=[person.public_id])
    answers = {}
    for reader in (person, tutor, rita(), ivan(), make_user(roles=["student"]), oscar()):
        client.force_login(reader)
        answers[reader] = client.get(where).status_code
    assert list(answers.values()) == [200, 200, 200, 404, 404, 404]
