"""Settings of the test run, and the rows of features.md and reliability.md that the tests show."""

import gc
import os
import re
from collections import Counter
from pathlib import Path

# Here rather than in pyproject.toml: pytest-django would read the settings before this file could set DEBUG.
os.environ["DEBUG"] = "true"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursemgmt.settings")
# Playwright keeps an event loop in the test's thread; the browser tests read the database there, one at a time.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import django
import pytest
from django.conf import settings as site
from django.test import override_settings

django.setup()
# A quick hash: no test is about how long a password takes to check.
site.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

ROOT = Path(__file__).parent
ROW = re.compile(r"^\|\s*([A-Z]\d{2,3})\s*\|", re.M)


@pytest.fixture(scope="session", autouse=True)
def _own_files(tmp_path_factory):
    """Uploads and mail of a run stay with the run, also what is made once for many tests."""
    base = tmp_path_factory.getbasetemp()
    with override_settings(MEDIA_ROOT=base / "uploads", MAIL_DIR=base / "mail"):
        yield


def pytest_addoption(parser):
    parser.addoption("--rows", action="store_true", help="print every row with the number of its tests, run nothing")


def pytest_configure(config):
    if config.getoption("--rows"):
        config.option.collectonly = True
        config.option.verbose = -3


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session):
    # What is loaded by now stays: looking through it for garbage over and over takes a twelfth of the run.
    gc.freeze()
    if not session.config.getoption("--rows"):
        return
    counts = Counter(row for item in session.items for row in {r for m in item.iter_markers("row") for r in m.args})
    listed = ROOT / "docs" / "features.md"
    promised = set(ROW.findall(listed.read_text())) if listed.exists() else set()
    for row in sorted(promised | set(counts), key=lambda name: (name[0], int(name[1:]))):
        session.config.get_terminal_writer().line(f"{row} {counts[row]}")
    # What pytest would list itself.
    session.items.clear()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    if session.config.getoption("--rows") and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK
