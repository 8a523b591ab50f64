"""Worlds that are made once for all tests of a module."""

import pytest
from django.db import transaction

from coursemgmt.demo import university
from coursemgmt.tests.asking import World


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
