"""What every answer says to the browser about itself, and what production adds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from rest_framework.test import APIClient

from accounts.tests.makers import PASSWORD, alice
from coursemgmt.tests.asking import World
from coursemgmt.tests.test_access import ROWS

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
READERS = ["anonymous", "student", "administrator"]
PUBLIC = ["/unknown/", "/api/v1/unknown/", "/admin/unknown/", "/static/unknown.css"]


def addresses(world):
    """Return every address of the matrix that a browser can open, and those that answer 404."""
    found = set(PUBLIC)
    for row in ROWS:
        if row["method"] == "LIST":
            found.add(reverse("admin:{}_changelist".format(row["door"].partition("/")[2].lower().replace(".", "_"))))
        elif row["method"] == "GET":
            try:
                found.add(world.address(row["door"], row["about"]))
            except NoReverseMatch:
                raise AssertionError(f"{row['door']} has no address") from None
    return sorted(found)


def faults(answer, private):
    """Return which promises the headers of `answer` break."""
    policy = answer.get("Content-Security-Policy", "")
    promises = {
        "hsts": int(answer.get("Strict-Transport-Security", "max-age=0").split(";")[0].partition("=")[2]) >= 31_536_000,
        "policy": "default-src 'none'" in policy and "unsafe" not in policy,
        "frames": "frame-ancestors 'none'" in policy,
        "sniffing": answer.get("X-Content-Type-Options") == "nosniff",
        "referrer": answer.get("Referrer-Policy") == "same-origin",
        "cache": not private or "no-store" in answer.get("Cache-Control", ""),
    }
    return sorted(name for name, kept in promises.items() if not kept)


@pytest.mark.row("R88", "R90")
def test_every_address_is_strict_and_nothing_private_is_kept_by_caches(settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    world = World()
    broken = {}
    for reader in READERS:
        client = Client(raise_request_exception=False)
        client.cookies.load(world.sessions[reader])
        for address in addresses(world):
            if address.startswith("/admin/") and reader == "student":
                # The sign-in page, as for strangers.
                continue
            private = reader != "anonymous" and not address.startswith("/static/")
            if found := faults(client.get(address, secure=True), private):
                broken[f"{reader} {address}"] = found
    assert broken == {}


@pytest.mark.row("R88", "R91")
def test_an_error_page_is_as_strict_and_tells_nothing(settings, monkeypatch):
    settings.SECURE_HSTS_SECONDS = 31_536_000

    def broken(*args, **kwargs):
        raise RuntimeError("SELECT secret FROM /srv/coursemgmt")

    monkeypatch.setattr("django.core.paginator.Paginator.get_page", broken)
    client = Client(raise_request_exception=False)
    client.force_login(alice())
    answer = client.get(reverse("students:class_search"), secure=True)
    assert answer.status_code == 500
    assert faults(answer, private=True) == []
    for word in ("SELECT", "srv", "RuntimeError", "Traceback"):
        assert word not in answer.content.decode()


@pytest.mark.row("R90")
def test_answers_to_tokens_and_tokens_themselves_are_not_kept():
    alice()
    script = APIClient()
    given = script.post(reverse("api_token"), {"email": "alice@example.org", "password": PASSWORD}, format="json")
    assert "no-store" in given["Cache-Control"]
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {given.json()['access']}")
    assert "no-store" in script.get(reverse("api_me"))["Cache-Control"]


@pytest.mark.row("R87", "R88")
def test_production_has_strict_cookies_and_transport():
    names = [
        "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
        "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_SAMESITE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
        "SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_PATH",
    ]  # fmt: skip
    code = f"import json; from django.conf import settings as s; print(json.dumps([getattr(s, n) for n in {names}]))"
    production = {
        "DEBUG": "false", "SECRET_KEY": "a" * 64, "JWT_SIGNING_KEY": "b" * 64, "ALLOWED_HOSTS": "example.org",
        "SITE_URL": "https://example.org", "DJANGO_SETTINGS_MODULE": "coursemgmt.settings",
    }  # fmt: skip
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "VAR_DIR") if name in os.environ}
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=kept | production, capture_output=True, check=True)
    assert dict(zip(names, json.loads(run.stdout), strict=True)) == {
        "SESSION_COOKIE_NAME": "__Host-session", "SESSION_COOKIE_SECURE": True, "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax", "CSRF_COOKIE_NAME": "__Host-csrf", "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_SAMESITE": "Lax", "SECURE_SSL_REDIRECT": True, "SECURE_HSTS_SECONDS": 31_536_000,
        "SESSION_COOKIE_DOMAIN": None, "SESSION_COOKIE_PATH": "/",
    }  # fmt: skip
