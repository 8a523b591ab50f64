"""What the web server makes of odd lines of a request, as they come over a socket: no mail leads elsewhere."""

import io
import re
import socket
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test.client import ClientHandler
from django.urls import reverse
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser
from gunicorn.http.wsgi import create

from accounts.tests.makers import PASSWORD, alice

pytestmark = [pytest.mark.django_db, pytest.mark.row("R58")]

TOKEN = "t" * 32
NEW = {"given_name": "Nour", "email": "nour@example.org", "password1": PASSWORD, "password2": PASSWORD}
RESET, SIGN_UP = ("account_reset_password", {"email": "alice@example.org"}), ("account_signup", NEW)
PLAIN = "POST {path} HTTP/1.1"
# The first line, what follows it of hosts, and whether it may be answered.
ASKED = [
    (PLAIN, ["Host: localhost"], True),
    (PLAIN, ["Host: localhost:8000"], True),
    (PLAIN, ["Host: localhost:9999"], True),
    (PLAIN, ["Host: localhost."], True),
    (PLAIN, ["Host: LOCALHOST"], True),
    ("POST http://evil.example{path} HTTP/1.1", ["Host: localhost"], True),
    ("POST http://evil.example{path} HTTP/1.1", ["Host: evil.example"], False),
    ("POST http://localhost{path} HTTP/1.1", ["Host: evil.example"], False),
    (PLAIN, ["Host: evil.example"], False),
    (PLAIN, ["Host: localhost", "Host: evil.example"], False),
    (PLAIN, ["Host: evil.example", "Host: localhost"], False),
    (PLAIN, ["Host: localhost", " Host: evil.example"], False),
    (PLAIN, ["Host : evil.example"], False),
    (PLAIN, ["Host: localhost@evil.example"], False),
    (PLAIN, ["Host: localhost/evil.example"], False),
    (PLAIN, ["Host: localhost:80:evil.example"], False),
    (PLAIN, ["Host: [::1].evil.example"], False),
    (PLAIN, ["Host: evil.example\tlocalhost"], False),
    (PLAIN, ["Host:"], False),
    (PLAIN, [], True),
    ("POST {path} HTTP/1.0", [], True),
    (PLAIN, ["Host: localhost", "X-Forwarded-Host: evil.example"], True),
    (PLAIN, ["Host: localhost", "X_Forwarded_Host: evil.example"], True),
    (PLAIN, ["Host: localhost", "Forwarded: host=evil.example;proto=https"], True),
    (PLAIN, ["Host: localhost", "X-Forwarded-Port: 444"], True),
    # Said to be encrypted, it must name the page that it comes from.
    (PLAIN, ["Host: localhost", "X-Forwarded-Proto: https"], False),
]


def answered(raw):
    """Return the status that gunicorn and the site give to these bytes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(raw)
        ours.shutdown(socket.SHUT_WR)
        config = Config()
        try:
            asked = next(RequestParser(config, theirs, ("127.0.0.1", 40000)))
            _answer, environ = create(asked, theirs, ("127.0.0.1", 40000), ("127.0.0.1", 8000), config)
        except ParseException:
            return 400
        environ["wsgi.input"] = io.BytesIO(asked.body.read())
        return ClientHandler(enforce_csrf_checks=True)(environ).status_code


def request_of(first, lines, door):
    name, fields = door
    body = urlencode(fields | {"csrfmiddlewaretoken": TOKEN})
    head = [
        first.format(path=reverse(name)), *lines, f"Cookie: {settings.CSRF_COOKIE_NAME}={TOKEN}",
        "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}",
    ]  # fmt: skip
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


@pytest.mark.parametrize("door", [RESET, SIGN_UP], ids=lambda door: door[0])
def test_whatever_a_request_says_of_its_host_the_mail_leads_here_or_is_not_written(door, settings):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    alice()
    wrong = []
    for first, lines, may in ASKED:
        cache.clear()
        mail.outbox.clear()
        status = answered(request_of(first, lines, door))
        links = {link for one in mail.outbox for link in re.findall(r"https?://[^/\s\"<]+", one.body)}
        told = any("evil" in str(one.message()) for one in mail.outbox)
        is_right = (
            (status, links) == (302, {"http://localhost:8000"})
            if may
            else (status in {400, 403}, links) == (True, set())
        )
        if told or not is_right:
            wrong.append((first, lines, status, links))
    assert wrong == []
