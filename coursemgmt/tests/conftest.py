"""Worlds that are made once for all tests of a module."""

import pytest
from django.db import transaction

from coursemgmt.demo import university
from coursemgmt.tests.asking import TALLY, World
from coursemgmt.tests.doors import Door, doors


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Return the demonstration data; what a test changes is rolled back after it, the rest after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield university.build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Return one of each thing and everybody who comes to it; what they change is rolled back at once."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark the tests of such a world as tests of the database, which is made for marked tests alone."""
    for item in items:
        if "django_db_setup" in item.fixturenames and not item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.django_db)


def pytest_terminal_summary(terminalreporter):
    """Say what the matrix covered, where it was walked."""
    if TALLY["cases"]:
        from coursemgmt.tests.test_access import ROWS  # a late import: it is read once the tests are collected

        found = doors()
        uncovered = found - {Door(row["door"], row["method"]) for row in ROWS}
        wrong = [report for report in terminalreporter.stats.get("failed", []) if "/test_access" in report.nodeid]
        said = f"{len(found)} doors, {TALLY['cases']} cases, {len(wrong)} wrong, {len(uncovered)} uncovered"
        terminalreporter.line(f"The matrix of who may what: {said}.")
