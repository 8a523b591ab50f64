"""Links in mail: they lead here whatever was asked, work once, and reach nobody but the owner of the address."""

import re
import threading
import time

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils.http import int_to_base36

from accounts.models import User
from accounts.tests.makers import PASSWORD, adam, alice, ivan, make_user
from core import locks
from notifications.models import OutboxMessage
from notifications.operations import deliver

pytestmark = pytest.mark.django_db
OTHER = "another horse battery"
NEW = {"given_name": "Nour", "email": "nour@example.org", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()
    yield
    # What a test of races counted stays in the database otherwise.
    cache.clear()


def reset(**more):
    alice()
    return Client().post(reverse("account_reset_password"), {"email": "alice@example.org"}, **more)


def sign_up(**more):
    return Client().post(reverse("account_signup"), NEW, **more)


def invite(**more):
    client = Client()
    client.force_login(adam())
    said = {"emails": "nour@example.org", "role": "student"}
    answer = client.post(reverse("accounts:invitation_create"), said, **more)
    for message in OutboxMessage.objects.filter(state="queued"):
        deliver(message.pk)
    return answer


ASKED = [
    {"HTTP_HOST": "evil.example"},
    {"HTTP_HOST": "localhost@evil.example"},
    {"HTTP_HOST": "localhost.evil.example"},
    {"HTTP_HOST": "evil.example:8000"},
    {"HTTP_HOST": "localhost:9999"},
    {"HTTP_HOST": "localhost."},
    {"HTTP_HOST": "LOCALHOST"},
    {"HTTP_HOST": "localhost, evil.example"},
    {"HTTP_HOST": "localhost\tevil.example"},
    {"HTTP_HOST": ""},
    {"HTTP_X_FORWARDED_HOST": "evil.example"},
    {"HTTP_X_HOST": "evil.example", "HTTP_X_FORWARDED_SERVER": "evil.example"},
    {"HTTP_FORWARDED": "host=evil.example"},
    {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_PORT": "444"},
    {"HTTP_X_ORIGINAL_URL": "http://evil.example/", "HTTP_X_REWRITE_URL": "http://evil.example/"},
    {"SERVER_NAME": "evil.example", "SERVER_PORT": "444"},
]


@pytest.mark.row("R58")
@pytest.mark.parametrize("door", [reset, sign_up, invite], ids=lambda door: door.__name__)
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_a_mail_leads_to_the_configured_address_or_is_not_written(door, asked):
    answer = door(**asked)
    assert answer.status_code in {302, 400}
    assert bool(mail.outbox) is (answer.status_code == 302)
    for message in mail.outbox:
        text = message.body + message.alternatives[0][0] + str(message.message()["From"])
        links = re.findall(r"https?://[^/\s\"<]+", text)
        assert links
        assert set(links) == {"http://localhost:8000"}
        assert "evil" not in text


def asked_link():
    """Return the path of the newest reset link."""
    return re.search(r"http://localhost:8000(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)[1]


def follow(path, password=OTHER):
    """Follow a reset link, choose this password, and return whether there was a form to do so."""
    client = Client()
    page = client.get(path, follow=True)
    if page.context.get("token_fail"):
        return False
    client.post(page.redirect_chain[-1][0], {"password1": password, "password2": password})
    return True


def has(email, password):
    return User.objects.get(email=email).check_password(password)


@pytest.mark.row("R60")
def test_a_reset_link_works_once():
    reset()
    path = asked_link()
    assert follow(path)
    assert not follow(path, "third horse battery")
    assert has("alice@example.org", OTHER)


@pytest.mark.row("R60")
@pytest.mark.parametrize("event", ["the address changed", "signed in", "the password changed", "a newer one was used"])
def test_a_reset_link_is_dead_after(event):
    reset()
    path, person = asked_link(), alice()
    if event == "the address changed":
        EmailAddress.objects.filter(user=person).update(email="new@example.org")
        User.objects.filter(pk=person.pk).update(email="new@example.org")
    elif event == "signed in":
        Client().post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    elif event == "the password changed":
        person.set_password("third horse battery")
        person.save()
    else:
        cache.clear()
        reset()
        assert follow(asked_link())
    assert not follow(path, "fourth horse battery")


@pytest.mark.row("R60")
def test_a_reset_link_opens_no_other_account():
    reset()
    path = asked_link()
    token = path.rpartition("/key/")[2].partition("-")[2]
    for person in (ivan(), adam()):
        assert not follow(reverse("account_reset_password_from_key", args=[int_to_base36(person.pk), token.strip("/")]))
        assert has(person.email, PASSWORD)


@pytest.mark.row("R60")
@pytest.mark.django_db(transaction=True)
def test_of_several_who_use_a_reset_link_at_once_one_changes_the_password(monkeypatch):
    reset()
    path, clients = asked_link(), [Client() for _number in range(5)]
    pages = [client.get(path, follow=True).redirect_chain[-1][0] for client in clients]
    # Whoever holds the row waits a while, so that all have looked at the link before one has used it.
    monkeypatch.setattr(locks, "pause", lambda: time.sleep(0.5))
    start, answers = threading.Barrier(5), {}

    def run(number):
        start.wait()
        try:
            chosen = f"horse battery number {number}"
            answers[number] = clients[number].post(pages[number], {"password1": chosen, "password2": chosen})
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [number for number, answer in answers.items() if answer.status_code == 302]
    assert len(won) == 1
    assert has("alice@example.org", f"horse battery number {won[0]}")
    assert {answer.status_code for answer in answers.values()} <= {200, 302, 409, 503}


# Letters of other alphabets that a database or a browser takes for those of the address.
CONFUSABLE = [
    ("mike@example.org", "m\u0131ke@example.org"),
    ("alice@mixample.org", "alice@m\u0131xample.org"),
    ("kim@kelvin.org", "\u212aim@kelvin.org"),
    ("kim@kelvin.org", "kim@\u212aelvin.org"),
    ("strasse@example.org", "stra\u00dfe@example.org"),
    ("ali@fish.org", "ali@\ufb01sh.org"),
    ("bob@example.org", "bob@\u0435xample.org"),
]


@pytest.mark.row("R60")
@pytest.mark.parametrize(("owner", "typed"), CONFUSABLE)
def test_an_address_that_only_looks_the_same_gets_no_link(owner, typed):
    make_user(owner, ["registrar"], PASSWORD)
    Client().post(reverse("account_reset_password"), {"email": typed})
    for message in mail.outbox:
        assert "/password/reset/key/" not in message.body or message.to == [owner]
    client = Client()
    client.post(reverse("account_login"), {"login": typed, "password": PASSWORD})
    assert client.session.get("_auth_user_id") in {None, str(User.objects.get(email=owner).pk)}
