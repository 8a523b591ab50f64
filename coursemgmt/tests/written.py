"""What a transaction has written so far."""

from django.db import connection

# What no answer depends on: counters of use and what every request writes beside its deed.
BESIDE = {"cache", "django_session", "usersessions_usersession", "accounts_personaltoken"}


def touched() -> dict[str, int]:
    """Return how many rows of each table this transaction has written so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())
