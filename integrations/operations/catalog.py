"""Bring a catalogue in: titles, credit hours and descriptions of courses."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.locks import lock
from courses.models import Course
from integrations.errors import LinesRefused, MayNotImport
from integrations.operations.meetings import BATCH
from integrations.operations.schedule import TURN, RolledBack, courses_named
from integrations.policies import can_import_catalog
from integrations.queries.catalog_file import ParsedCatalog, ParsedCourse

FIELDS = ["title", "description", "credit_hours_min", "credit_hours_max"]


@dataclass
class CatalogSummary:
    """What an import found and did; counts of courses unless said."""

    rows: int = 0
    courses: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    without_credits: int = 0
    repeated: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return dict(self.__dict__)


def import_catalog(parsed: ParsedCatalog, *, by: Any, apply: bool) -> CatalogSummary:
    """Write the courses of `parsed` and return what happened; a dry run rolls back.

    New courses are published. Of those that stand, title, credit hours and description become what the file says;
    credit hours that it does not say stay. Raises MayNotImport and LinesRefused. Locks the courses.
    """
    if by is not None and not can_import_catalog(by):
        raise MayNotImport()
    if parsed.errors:
        raise LinesRefused(parsed.errors)
    summary = CatalogSummary(
        rows=parsed.rows,
        courses=len(parsed.courses),
        without_credits=sum(one.credits is None for one in parsed.courses),
        repeated=[str(line) for line in parsed.repeated],
        left_out=[str(line) for line in parsed.left_out],
    )
    try:
        with transaction.atomic():
            _write(parsed.courses, summary)
            if not apply:
                raise RolledBack
    except RolledBack:
        pass
    return summary


def _write(courses: Iterable[ParsedCourse], summary: CatalogSummary) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
    wanted = {one.code: one for one in courses}
    newest = Course.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    found = courses_named(wanted)
    rows = dict(zip(found, lock(*found.values()), strict=True))
    changed = [row for code, row in rows.items() if _assign(row, wanted[code])]
    Course.objects.bulk_update(changed, [*FIELDS, "updated_at"], batch_size=BATCH)
    summary.created = sum(row.pk > newest for row in rows.values())
    summary.updated = sum(row.pk <= newest for row in changed)
    summary.unchanged = summary.courses - summary.created - summary.updated


def _assign(row: Course, one: ParsedCourse) -> bool:
    least, most = one.credits or (row.credit_hours_min, row.credit_hours_max)
    wanted = (one.title, one.description, least, most)
    if tuple(getattr(row, name) for name in FIELDS) == wanted:
        return False
    for name, value in zip(FIELDS, wanted, strict=True):
        setattr(row, name, value)
    row.updated_at = timezone.now()
    return True
