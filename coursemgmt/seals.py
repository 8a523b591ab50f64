"""The chain over the history: rows that were written once are sealed in batches, and whoever changes one breaks it.

A seal holds a keyed digest of each row of a span of one table and its own over those and the seal before. Writers never
wait for it: a span ends where every transaction that could still add a row below has ended. A row that an erasure
scrubbed later has a signed redaction beside it, so that the chain goes on holding for what is there now.
"""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, Max, Model
from django.utils import timezone

from accounts.models import RecordAccess
from core.history import added_to_only, maintenance
from coursemgmt.models import HistoryRedaction, HistorySeal

logger = logging.getLogger(__name__)

# Looks at records end when their time is over; the other two say themselves what they hold.
UNSEALED = {RecordAccess, HistorySeal, HistoryRedaction}
SPAN = 5_000
# A request may add to the row that says who it was for as long as it runs.
SETTLE = timedelta(minutes=5)
WAIT_SECONDS = 30
NUMBER, LEAF = 8, 16


class StillWriting(RuntimeError):
    """A transaction of before is still running: the next run seals what this one leaves."""


def sealed_models() -> list[type[Model]]:
    return sorted(set(added_to_only()) - UNSEALED, key=lambda model: model._meta.db_table)


def seal(settle: timedelta = SETTLE) -> int:
    """Seal the rows that were written before `settle` ago and return how many there were. Twice is harmless.

    Raises StillWriting when a transaction that was adding rows at the start goes on for longer than half a minute.
    """
    ends = _ends(timezone.now() - settle)
    _wait_for_others()
    count = 0
    with maintenance():
        take_turn()
        for model in sealed_models():
            count += _seal_table(model, ends.get(model._meta.db_table, 0))
    head = HistorySeal.objects.order_by("-pk").first()
    if count and head is not None:
        # Kept outside of the database too: a chain that was cut off at its end still holds by itself.
        logger.info("History sealed up to %s: %s rows, digest %s", head.pk, count, head.digest)
    return count


def take_turn() -> None:
    """Wait for whoever seals or scrubs now, and keep others waiting until this transaction ends.

    Without it a seal could read a row before the scrub that changes it is committed, and the scrub could look for the
    seals of its rows before that one is there: the chain would break at the row. Comes before every other lock.
    """
    with connection.cursor() as cursor:
        # A job waits for as long as the other one takes: the time-out of row locks is for people.
        cursor.execute("SET LOCAL lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('coursemgmt.seals'))")


def _ends(before: datetime) -> dict[str, int]:
    """Return the last row of each table that was written by then."""
    found = {}
    for model in sealed_models():
        last = (
            model._base_manager.filter(**{f"{_written(model)}__lte": before}).order_by("-pk").values_list("pk").first()
        )
        if last:
            found[model._meta.db_table] = last[0]
    return found


def _written(model: type[Model]) -> str:
    """Return the field that says when a row was written."""
    times = [one.name for one in model._meta.concrete_fields if isinstance(one, DateTimeField)]
    return next((name for name in ("pgh_created_at", "at") if name in times), times[0])


def _wait_for_others() -> None:
    """Return when whoever adds to a sealed table now has ended: numbers are given out before the commit."""
    waited_for = _writers()
    deadline = time.monotonic() + WAIT_SECONDS
    while waited_for & _writers():
        if time.monotonic() > deadline:
            raise StillWriting("A transaction that began before the seal is still running.")
        time.sleep(0.1)


def _writers() -> set[str]:
    """Return the transactions of this database that hold a sealed table to write to it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT l.virtualtransaction FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " JOIN pg_class c ON c.oid = l.relation WHERE d.datname = current_database() AND l.granted"
            " AND l.mode = 'RowExclusiveLock' AND c.relname = ANY(%s) AND l.pid <> pg_backend_pid()",
            [[model._meta.db_table for model in sealed_models()]],
        )
        return {number for (number,) in cursor.fetchall()}


def _seal_table(model: Any, end: int) -> int:
    table, count = model._meta.db_table, 0
    columns = sorted(column.column for column in model._meta.concrete_fields)
    first = _last_sealed(table) + 1
    while first <= end:
        leaves = list(leaves_of(model, columns, first=first, last=end, limit=SPAN))
        last = leaves[-1][0] if len(leaves) == SPAN else end
        rows = b"".join(number.to_bytes(NUMBER, "big") + leaf for number, leaf in leaves)
        if leaves:
            _append(HistorySeal(table=table, first_id=first, last_id=last, columns=columns, rows=rows))
        elif last == end:
            return count
        first, count = last + 1, count + len(leaves)
    return count


def _last_sealed(table: str) -> int:
    return HistorySeal.objects.filter(table=table).aggregate(last=Max("last_id"))["last"] or 0


def _append(made: HistorySeal) -> None:
    before = HistorySeal.objects.order_by("-pk").first()
    made.previous = before.digest if before else ""
    made.sealed_at = timezone.now()
    made.digest = _digest_of(made)
    made.save()


def _digest_of(one: HistorySeal) -> str:
    said = [one.previous, one.table, one.first_id, one.last_id, one.columns, one.sealed_at.isoformat()]
    return _keyed(json.dumps(said).encode() + bytes(one.rows)).hex()


def _keyed(said: bytes) -> bytes:
    key = hashlib.sha256(b"coursemgmt.seals:" + settings.HISTORY_KEY.encode()).digest()
    return hmac.new(key, said, hashlib.sha256).digest()


def leaves_of(
    model: type[Model],
    columns: list[str],
    *,
    first: int = 0,
    last: int | None = None,
    ids: Iterable[int] | None = None,
    limit: int | None = None,
) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the keyed digest of the rows asked for, by number; who was behind a change is part of it."""
    table, key = model._meta.db_table, model._meta.pk.column
    quote = connection.ops.quote_name
    values = ", ".join(f"t.{quote(column)}" for column in columns)
    has_context = any(one.column == "pgh_context_id" for one in model._meta.concrete_fields)
    behind, join = "''", ""
    if has_context:
        behind, join = "coalesce(c.metadata::text, '')", "LEFT JOIN pghistory_context c ON c.id = t.pgh_context_id"
    where, given = (
        (f"t.{key} = ANY(%s)", [list(ids)]) if ids is not None else (f"t.{key} BETWEEN %s AND %s", [first, last])
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.{key}, jsonb_build_array({values})::text || {behind}"  # noqa: S608  names of our own tables
            f" FROM {quote(table)} t {join} WHERE {where} ORDER BY t.{key} LIMIT {limit or 'ALL'}",
            given,
        )
        for number, text in cursor.fetchall():
            yield number, _keyed(f"{table}\0{number}\0{text}".encode())[:LEAF]


def note_redactions(model: type[Model], ids: Iterable[int], reason: str) -> int:
    """Sign what now stands in sealed rows that were scrubbed and return how many there were.

    Runs in the transaction that scrubbed them and took its turn before, in the block of maintenance.
    """
    table, wanted, made = model._meta.db_table, sorted(set(ids)), []
    if not wanted or model not in sealed_models():
        return 0
    now = timezone.now()
    for one in HistorySeal.objects.filter(table=table, last_id__gte=wanted[0], first_id__lte=wanted[-1]).defer("rows"):
        inside = [number for number in wanted if one.first_id <= number <= one.last_id]
        for number, leaf in leaves_of(model, one.columns, ids=inside):
            row = HistoryRedaction(table=table, row_id=number, after=leaf.hex(), reason=reason, at=now)
            row.signature = _signature_of(row)
            made.append(row)
    HistoryRedaction.objects.bulk_create(made, batch_size=2_000)
    return len(made)


def _signature_of(row: HistoryRedaction) -> str:
    said = ["redaction", row.table, row.row_id, row.after, row.reason, row.at.isoformat()]
    return _keyed(json.dumps(said).encode()).hex()


@dataclass
class Report:
    """What `verify` found: how much holds, and each break in the order of the chain."""

    seals: int = 0
    rows: int = 0
    redacted: int = 0
    unsealed: int = 0
    head: str = ""
    breaks: list[str] = field(default_factory=list)


def verify() -> Report:
    """Compare every seal with the one before and every sealed row with what stands in its table, all as of one moment.

    An erasure that is committed meanwhile changes rows, and signs it, only for the next look.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _compare()


def _compare() -> Report:
    report, previous = Report(), ""
    models = {model._meta.db_table: model for model in sealed_models()}
    redactions = _redactions(report)
    ends: dict[str, int] = {}
    for one in HistorySeal.objects.order_by("pk").iterator(chunk_size=50):
        report.seals += 1
        if one.previous != previous or one.digest != _digest_of(one):
            report.breaks.append(f"Seal {one.pk} is not the one that was made.")
        if one.first_id != ends.get(one.table, 0) + 1:
            report.breaks.append(f"Before seal {one.pk} one of {one.table} is missing.")
        previous = report.head = one.digest
        ends[one.table] = one.last_id
        model = models.get(one.table)
        if model is None:
            report.breaks.append(f"The table {one.table} is gone.")
            continue
        _verify_rows(model, one, redactions, report)
    for table, model in models.items():
        report.unsealed += model._base_manager.filter(pk__gt=ends.get(table, 0)).count()
    return report


def _redactions(report: Report) -> dict[tuple[str, int], bytes]:
    found = {}
    for row in HistoryRedaction.objects.order_by("pk").iterator():
        if hmac.compare_digest(row.signature, _signature_of(row)):
            found[row.table, row.row_id] = bytes.fromhex(row.after)
        else:
            report.breaks.append(f"The redaction of {row.table} {row.row_id} is not signed with this key.")
    return found


def _verify_rows(model: Any, one: HistorySeal, redactions: dict[tuple[str, int], bytes], report: Report) -> None:
    size, rows = NUMBER + LEAF, bytes(one.rows)
    sealed = {
        int.from_bytes(rows[at : at + NUMBER], "big"): rows[at + NUMBER : at + size] for at in range(0, len(rows), size)
    }
    present = {column.column for column in model._meta.concrete_fields}
    if lost := set(one.columns) - present:
        report.breaks.append(f"Seal {one.pk} names columns of {one.table} that are gone: {', '.join(sorted(lost))}.")
        return
    there = dict(leaves_of(model, one.columns, first=one.first_id, last=one.last_id))
    for number in sorted(set(sealed) | set(there)):
        report.rows += 1
        if number not in there:
            report.breaks.append(f"{one.table} {number} was removed.")
        elif number not in sealed:
            report.breaks.append(f"{one.table} {number} was added after its seal.")
        elif there[number] != sealed[number]:
            if redactions.get((one.table, number)) == there[number]:
                report.redacted += 1
            else:
                report.breaks.append(f"{one.table} {number} was changed.")
