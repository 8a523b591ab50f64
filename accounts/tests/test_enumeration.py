"""Nobody learns at any door who has an account: not by the answer, not by the work behind it."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import parse_http_date

from accounts import operations
from accounts.tests.makers import PASSWORD, make_user, oscar

pytestmark = pytest.mark.django_db
# Addresses of one length: what is repeated on a page must not make the pages differ.
KNOWN, UNKNOWN, UNCONFIRMED, CLOSED = (
    "known0@example.org",
    "nobody@example.org",
    "unconf@example.org",
    "closed@example.org",
)
STATES = [KNOWN, UNKNOWN, UNCONFIRMED, CLOSED]
NEW = {"given_name": "Nour", "family_name": "El-Amin", "password1": PASSWORD, "password2": PASSWORD}
SECRET = re.compile(r'(csrfmiddlewaretoken" value=|nonce[-=])["\']?[\w+/=-]+')


@pytest.fixture(autouse=True)
def people():
    cache.clear()
    for email in (KNOWN, UNCONFIRMED, CLOSED):
        make_user(email, ["student"], PASSWORD)
    EmailAddress.objects.filter(email=UNCONFIRMED).update(verified=False)
    operations.deactivate(EmailAddress.objects.get(email=CLOSED).user, by=None)


@pytest.fixture(params=["mail works", "mail is down"])
def mailer(request, settings):
    if request.param == "mail is down":
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    return request.param


def sign_in(client, email):
    return client.post(reverse("account_login"), {"login": email, "password": "wrong horse battery"})


def admin_door(client, email):
    where = client.post(reverse("admin:login"), {"username": email, "password": "wrong horse battery"})
    return client.post(where.url, {"login": email, "password": "wrong horse battery"})


def token(client, email):
    said = {"email": email, "password": "wrong horse battery"}
    return client.post(reverse("api_token"), said, content_type="application/json")


def sign_up(client, email):
    return client.post(reverse("account_signup"), NEW | {"email": email})


def reset(client, email):
    return client.post(reverse("account_reset_password"), {"email": email})


def change_address(client, email):
    person = oscar()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    mail.outbox.clear()
    return client.post(reverse("account_email"), {"action_add": "", "email": email})


DOORS = [sign_in, admin_door, token, sign_up, reset, change_address]


def told(answer):
    """Return what a stranger can compare: status, headers with where it leads, and the length of the page.

    Of the second that a page expires it tells whether it is over: two answers are not always of one second.
    """
    kept = {name: SECRET.sub("", value) for name, value in answer.headers.items()}
    if "Expires" in kept:
        kept["Expires"] = parse_http_date(kept["Expires"]) <= time.time()
    return answer.status_code, kept, len(SECRET.sub("", answer.text)), sorted(answer.cookies)


@pytest.mark.row("R45")
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_the_answer_is_the_same_to_the_letter_whoever_has_an_account(door, mailer):
    seen = {}
    for email in STATES:
        cache.clear()
        client = Client()
        answer = door(client, email)
        after = client.get(answer.url) if answer.status_code == 302 else answer
        seen[email] = (told(answer), told(after))
    assert [email for email in STATES if seen[email] != seen[UNKNOWN]] == []


class Counting(MD5PasswordHasher):
    """Counts how often a password is hashed, which is what takes the time of a sign-in."""

    hashed = 0

    def encode(self, password, salt):
        Counting.hashed += 1
        return super().encode(password, salt)


def change_address_alone(client, email):
    return client.post(reverse("account_email"), {"action_add": "", "email": email})


def work_of(door, email):
    """Return how many hashes, statements and mails the answer of a door takes."""
    cache.clear()
    client = Client()
    if door is change_address:
        # The sign-in before it is another door.
        change_address(client, "another@example.org")
        EmailAddress.objects.filter(email="another@example.org").delete()
        cache.clear()
        door = change_address_alone
    Counting.hashed, sent = 0, len(mail.outbox)
    with CaptureQueriesContext(connection) as asked:
        door(client, email)
    return Counting.hashed, len(asked), len(mail.outbox) - sent


# So many statements more or less than for an unknown address: none takes a hundredth of the time of one hash.
ALIKE = {sign_in: 2, admin_door: 2, token: 2, sign_up: 0, reset: 4, change_address: 0}


@pytest.mark.row("R46")
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_the_work_behind_the_answer_is_the_same_whoever_has_an_account(door, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    work = {email: work_of(door, email) for email in STATES}
    hashes, statements, mails = work[UNKNOWN]
    for email in STATES:
        assert (work[email][0], work[email][2]) == (hashes, mails), email
        assert abs(work[email][1] - statements) <= ALIKE[door], email
    # A few statements would show if they were all there is to do.
    assert hashes or not ALIKE[door]
