"""Settings of the test run, and the rows of features.md and reliability.md that the tests show."""

import os
import re
from collections import Counter
from pathlib import Path

os.environ.setdefault("DEBUG", "true")

import pytest

ROOT = Path(__file__).parent


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path_factory):
    """Uploads and mail of a test stay with the test."""
    base = tmp_path_factory.getbasetemp()
    settings.MEDIA_ROOT = base / "uploads"
    settings.MAIL_DIR = base / "mail"


def pytest_addoption(parser):
    parser.addoption("--rows", action="store_true", help="print every row with the number of its tests, run nothing")


def pytest_configure(config):
    if config.getoption("--rows"):
        config.option.collectonly = True
        config.option.verbose = -3


def pytest_collection_finish(session):
    if not session.config.getoption("--rows"):
        return
    counts = Counter(row for item in session.items for mark in item.iter_markers("row") for row in set(mark.args))
    listed = ROOT / "docs" / "features.md"
    promised = set(re.findall(r"^\| *([A-Z]\d{2,3}) *\|", listed.read_text(), re.M)) if listed.exists() else set()
    for row in sorted(promised | set(counts), key=lambda name: (name[0], int(name[1:]))):
        print(f"{row} {counts[row]}")
