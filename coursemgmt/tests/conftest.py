"""The invented university, made once for all tests of a module."""

import pytest
from django.db import transaction

from coursemgmt.demo import university


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Return the demonstration data; what a test changes is rolled back after it, the rest after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield university.build()
        transaction.set_rollback(True)
