"""Where the doors of signing in lead to: nowhere but on this site."""

from urllib.parse import urljoin

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.makers import PASSWORD, alice

pytestmark = pytest.mark.django_db
ELSEWHERE = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "https:evil.example", "https:/evil.example", "https://evil.example", "HTTPS://EVIL.EXAMPLE",
    "http:///evil.example", "%2f%2fevil.example/..", "/%09/evil.example", "\t//evil.example", "\n//evil.example",
    " //evil.example", "//localhost@evil.example", "//evil.example#localhost", "//evil.example?localhost",
    "//localhost.evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)",
    "data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://evil.example", "//\u0435vil.example",
    "//xn--vil-hra.example", "/\\/evil.example", "/.//evil.example\\@x", "//[::1]", "//127.0.0.1",
    "http://localhost:1", "//evil.example:80", "/x\r\nLocation: //evil.example", "\x00//evil.example",
    "//evil\u3002example", "https://localhost\\.evil.example", "mailto:x@evil.example", "//%65vil.example",
]  # fmt: skip


@pytest.mark.row("R59")
@pytest.mark.parametrize("where", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_no_door_of_signing_in_leads_off_the_site(where):
    person = alice()
    browser = Client()
    said = {"login": person.email, "password": PASSWORD, "next": where}
    answers = [browser.post(reverse("account_login"), said)]
    browser.force_login(person)
    answers += [
        browser.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": where}),
        browser.get(reverse("account_login"), {"next": where}),
        browser.post(reverse("theme"), {"theme": "dark", "next": where}),
        browser.post(reverse("account_logout"), {"next": where}),
    ]
    for answer in answers:
        assert answer.status_code in {200, 302, 400}
        assert urljoin("http://testserver/", answer.get("Location", "/")).startswith("http://testserver/")
