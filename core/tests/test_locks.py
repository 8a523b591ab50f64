"""Locks come in one order and within three seconds, or the deed is refused as busy."""

import threading

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject
from psycopg import errors as pg

from core import locks
from core.errors import Busy
from core.locks import lock, retry_once

User = get_user_model()


def person(name: str):
    return User.objects.create(email=f"{name}@example.edu", given_name=name, family_name="Test")


def contention(cause: Exception) -> OperationalError:
    error = OperationalError()
    error.__cause__ = cause
    return error


@pytest.mark.django_db
def test_rows_are_locked_by_key_and_come_back_in_the_order_given():
    alice, ivan = person("alice"), person("ivan")
    User.objects.filter(pk=ivan.pk).update(given_name="Iwan")
    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        fresh = lock(ivan, None, alice, SimpleLazyObject(lambda: ivan))
    assert fresh == [ivan, None, alice, ivan]
    assert fresh[0].given_name == "Iwan"
    locking = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert len(locking) == 1
    assert "ORDER BY" in locking[0]


@pytest.mark.django_db
def test_row_that_is_gone_does_not_exist():
    alice = person("alice")
    User.objects.filter(pk=alice.pk).delete()
    with transaction.atomic(), pytest.raises(User.DoesNotExist):
        lock(alice)


@pytest.mark.row("R01")
@pytest.mark.django_db(transaction=True)
def test_lock_that_another_holds_is_busy(monkeypatch):
    monkeypatch.setattr(locks, "TIMEOUT", "50ms")
    alice = person("alice")
    said = []

    def other():
        try:
            with transaction.atomic():
                lock(alice)
        except Busy as exc:
            said.append(exc.code)
        finally:
            connection.close()

    with transaction.atomic():
        lock(alice)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert said == ["busy"]


def test_locks_cannot_be_off_outside_of_tests(settings, monkeypatch):
    settings.LOCKS_OFF = True
    assert locks.locks_off()
    monkeypatch.delitem(locks.sys.modules, "pytest")
    with pytest.raises(ImproperlyConfigured):
        locks.locks_off()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("cause", "calls"),
    [(pg.DeadlockDetected(), 2), (pg.SerializationFailure(), 2), (pg.LockNotAvailable(), 1)],
)
def test_deadlock_is_tried_once_more(cause, calls):
    tried = []

    def deed():
        tried.append(1)
        raise contention(cause)

    with pytest.raises(Busy):
        retry_once(deed)
    assert len(tried) == calls


@pytest.mark.django_db(transaction=True)
def test_deadlock_while_locking_is_tried_once_more():
    answers = iter([contention(pg.DeadlockDetected())])

    def deed():
        for error in answers:
            raise Busy() from error
        return "done"

    assert retry_once(deed) == "done"
