"""Rows by COPY, with the defaults the models have."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from django.utils import timezone


def load(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> range:
    """Copy `rows`, which give the fields `names`, into the model's table and return their primary keys.

    Fields that are not named get the model's default. Keys follow on the largest there is.
    """
    table = model._meta.db_table
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    given = {name: at for at, name in enumerate(names)}
    if unknown := set(names) - {field.name for field in fields} - {field.attname for field in fields}:
        raise TypeError(f"{model.__name__} has no {sorted(unknown)}.")
    now = timezone.now()
    plan = [(field, given.get(field.name, given.get(field.attname))) for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT coalesce(max(id), 0) + 1 FROM "{table}"')
        first = key = cursor.fetchone()[0]
        with cursor.copy(f'COPY "{table}" (id, {columns}) FROM STDIN') as copy:
            for row in rows:
                values = ((field, _default(field, now) if at is None else row[at]) for field, at in plan)
                copy.write_row([key, *(field.get_db_prep_save(value, connection) for field, value in values)])
                key += 1
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(%s, 1))", [table, key - 1])
    return range(first, key)


def _default(field: models.Field, now: Any) -> Any:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return now
    if field.has_default():
        return field.get_default()
    return None if field.null else ""
