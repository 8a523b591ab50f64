"""Settings that would break a promise quietly do not get through the checks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks

pytestmark = pytest.mark.row("R87")

ROOT = Path(__file__).parents[2]
PRODUCTION = {
    "DEBUG": "false", "SECRET_KEY": "k7Qw-9zR" * 8, "JWT_SIGNING_KEY": "x9Lp2_wT" * 8,
    "ALLOWED_HOSTS": "courses.example.edu", "SITE_URL": "https://courses.example.edu", "EMAIL_HOST": "mail.example.edu",
}  # fmt: skip
BEHIND = {"BEHIND_PROXY": "true", "TRUSTED_PROXY_COUNT": "1"}


def deployed(**given):
    """Return how `check --deploy` of a set-up like this ends, and what it says."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "VAR_DIR") if name in os.environ}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    run = subprocess.run(command, cwd=ROOT, env=kept | PRODUCTION | given, capture_output=True, text=True)
    return run.returncode, run.stderr


@pytest.mark.parametrize("behind", [{}, BEHIND])
def test_a_set_up_by_the_book_has_no_warning(behind):
    status, said = deployed(**behind)
    assert (status, "WARNINGS" in said) == (0, False)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"SITE_URL": "http://courses.example.edu"}, "coursemgmt.W001"),
        ({"BEHIND_PROXY": "true"}, "coursemgmt.W003"),
        ({"TRUSTED_PROXY_COUNT": "2"}, "coursemgmt.W003"),
        ({"JWT_SIGNING_KEY": PRODUCTION["SECRET_KEY"]}, "coursemgmt.E005"),
        ({"JWT_SIGNING_KEY": "short"}, "coursemgmt.E006"),
        ({"DEBUG": "true"}, "security.W018"),
        ({"SECURE_HSTS_SECONDS": "0"}, "security.W004"),
        ({"SECURE_COOKIES": "false"}, "security.W012"),
    ],
)
def test_a_wrong_set_up_is_refused(wrong, told):
    status, said = deployed(**wrong)
    assert (status, told in said) == (1, True)


def found():
    return {message.id for message in run_checks(include_deployment_checks=True)}


def test_open_local_mail_is_refused(settings):
    settings.SHOW_LOCAL_MAIL = True
    assert "coursemgmt.E007" in found()
    settings.SHOW_LOCAL_MAIL = False
    assert "coursemgmt.E007" not in found()


@pytest.mark.parametrize("door", ["rest_framework_simplejwt.authentication.JWTAuthentication", "none"])
def test_another_door_for_tokens_is_refused(settings, door):
    assert "coursemgmt.E008" not in found()
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_AUTHENTICATION_CLASSES": [door]}
    assert "coursemgmt.E008" in found()


def test_a_cache_that_forgets_counters_is_refused(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
    assert "coursemgmt.E004" in found()
