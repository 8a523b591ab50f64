"""What is kept for how long: one table, applied once a day. What is younger stays, and twice is harmless."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailConfirmation
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ERASED_AT, IdempotencyRecord, Invitation, PersonalToken, RecordAccess, TokenFamily, User
from appointments.models import AvailabilityOverride, AvailabilityRule
from core.history import history_of, maintenance
from coursemgmt import seals
from coursemgmt.models import DataRequest
from coursemgmt.privacy import operations
from courses.models import Material
from notifications.models import OutboxMessage

BATCH = 2_000


@dataclass(frozen=True)
class Kept:
    """Something that ends: what it is, how many days it stays, how what is over is found and removed."""

    name: str
    words: Any
    days: int
    find: Callable[[datetime], Any]
    remove: Callable[[Any], None]


def purge(*, dry_run: bool = False, now: datetime | None = None) -> list[tuple[Kept, int]]:
    """Remove what is over and return each kind with how many there were; with `dry_run` only count."""
    now = now or timezone.now()
    done = []
    for kept in kinds():
        found = kept.find(now - timedelta(days=kept.days))
        count = found.count() if isinstance(found, QuerySet) else len(found)
        if count and not dry_run:
            kept.remove(found)
        done.append((kept, count))
    return done


def kinds() -> list[Kept]:
    days = settings.KEEP_DAYS
    return [
        Kept("sessions", _("Sessions in browsers that ended"), 0, _sessions, _delete),
        Kept("sign_ins", _("Addresses and browsers of sign-ins"), days["sign_ins"], _sign_ins, _delete),
        Kept("tokens", _("Tokens of scripts that ended"), days["tokens"], _tokens, _delete),
        Kept("families", _("Sign-ins of scripts that ended"), days["tokens"], _families, _delete),
        Kept("confirmations", _("Links that confirm an address"), days["tokens"], _confirmations, _delete),
        Kept("invitations", _("Addresses of invitations not followed"), days["invitations"], _invitations, _unname),
        Kept("repeats", _("First answers to repeated requests"), days["repeats"], _repeats, _delete),
        Kept("mail", _("What mail was about"), days["mail"], _mail, _empty_mail),
        Kept("outbox", _("That mail was sent"), days["outbox"], _outbox, _delete),
        Kept("mail_files", _("Mail in local files"), days["mail_files"], _mail_files, _unlink),
        Kept("looks", _("Looks at records"), days["looks"], _looks, _delete_kept_safe),
        Kept("copies", _("Copies of somebody's data that nobody fetched"), 0, _copies, _expire),
        Kept("files", _("Files that no row names"), days["files"], _files, _drop_files),
        Kept("jobs", _("Jobs that are done"), days["jobs"], _jobs, _delete_jobs),
        Kept("hours", _("Office hours of the past"), days["hours"], _hours, _delete),
        Kept("windows", _("Exceptions to office hours of the past"), days["hours"], _windows, _delete),
        Kept("admin_log", _("The list of recent actions in the admin"), days["admin_log"], _admin_log, _delete),
        Kept("cache", _("Entries of the cache that ended"), 0, _cache, _delete_cache),
    ]  # fmt: skip


def _sessions(before: datetime) -> QuerySet:
    return Session.objects.filter(expire_date__lt=before)


def _sign_ins(before: datetime) -> QuerySet:
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return UserSession.objects.filter(last_seen_at__lt=before).exclude(session_key__in=live)


def _tokens(before: datetime) -> QuerySet:
    return PersonalToken.objects.filter(Q(revoked_at__lt=before) | Q(expires_at__lt=before))


def _families(before: datetime) -> QuerySet:
    ended = Q(revoked_at__lt=before) | Q(created_at__lt=before - settings.TOKEN_FAMILY_LIFETIME)
    return TokenFamily.objects.filter(ended)


def _confirmations(before: datetime) -> QuerySet:
    return EmailConfirmation.objects.filter(created__lt=before)


def _invitations(before: datetime) -> QuerySet:
    over = Invitation.objects.filter(expires_at__lt=before, accepted_at=None)
    return over.exclude(email__endswith=ERASED_AT)


def _unname(found: QuerySet) -> None:
    """Take the address out of the invitation and its history, which keeps that there was one."""
    history = history_of(Invitation)
    with maintenance():
        seals.take_turn()
        for invitation in found:
            address = f"invitation-{invitation.pk}{ERASED_AT}"
            Invitation.objects.filter(pk=invitation.pk).update(email=address)
            rows = history.objects.filter(id=invitation.pk).exclude(email=address)
            ids = list(rows.values_list("pk", flat=True))
            history.objects.filter(pk__in=ids).update(email=address)
            seals.note_redactions(history, ids, "retention")


def _repeats(before: datetime) -> QuerySet:
    return IdempotencyRecord.objects.filter(created_at__lt=before)


def _mail(before: datetime) -> QuerySet:
    over = OutboxMessage.objects.filter(created_at__lt=before, state__in=["sent", "void", "failed"])
    return over.exclude(facts={}, last_error="")


def _empty_mail(found: QuerySet) -> None:
    found.update(facts={}, last_error="")


def _outbox(before: datetime) -> QuerySet:
    return OutboxMessage.objects.filter(created_at__lt=before, state__in=["sent", "void", "failed"])


def _mail_files(before: datetime) -> list[Path]:
    folder = Path(settings.MAIL_DIR)
    found = [*folder.glob("*.eml"), *folder.glob("*.part")] if folder.is_dir() else []
    return [path for path in found if path.stat().st_mtime < before.timestamp()]


def _unlink(found: list[Path]) -> None:
    for path in found:
        path.unlink(missing_ok=True)


def _looks(before: datetime) -> QuerySet:
    return RecordAccess.objects.filter(at__lt=before)


def _copies(before: datetime) -> QuerySet:
    return DataRequest.objects.filter(state=DataRequest.State.READY, expires_at__lte=before).select_related("subject")


def _expire(found: QuerySet) -> None:
    for request in found:
        operations.expire_copy(request)


def _files(before: datetime) -> list[str]:
    """Return uploads and copies that no row names: what a deed that was rolled back left."""
    named = {*User.objects.exclude(photo="").values_list("photo", flat=True)}
    named |= {*DataRequest.objects.exclude(file="").values_list("file", flat=True)}
    named |= {*Material.objects.values_list("file", flat=True)}
    found = (name for folder in ("photos", "exports", "materials") for name in _in_folder(folder))
    return [name for name in found if name not in named and default_storage.get_modified_time(name) < before]


def _in_folder(folder: str) -> Iterator[str]:
    if default_storage.exists(folder):
        yield from (f"{folder}/{name}" for name in default_storage.listdir(folder)[1])


def _drop_files(found: list[str]) -> None:
    for name in found:
        default_storage.delete(name)


OVER_JOBS = """FROM procrastinate_jobs j WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
    AND NOT EXISTS (SELECT FROM procrastinate_events e WHERE e.job_id = j.id AND e.at >= %s)"""


def _jobs(before: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT j.id {OVER_JOBS}", [before])
        return [key for (key,) in cursor.fetchall()]


def _delete_jobs(found: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", [found])


def _hours(before: datetime) -> QuerySet:
    return AvailabilityRule.objects.filter(end_date__lt=before.date())


def _windows(before: datetime) -> QuerySet:
    return AvailabilityOverride.objects.filter(end_date__lt=before.date())


def _admin_log(before: datetime) -> QuerySet:
    return LogEntry.objects.filter(action_time__lt=before)


def _cache(before: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [CACHE_TABLE])
        if cursor.fetchone()[0] is None:
            return []
        cursor.execute(f"SELECT cache_key FROM {CACHE_TABLE} WHERE expires < %s", [before])  # noqa: S608  a constant
        return [key for (key,) in cursor.fetchall()]


def _delete_cache(found: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {CACHE_TABLE} WHERE cache_key = ANY(%s)", [found])  # noqa: S608  a constant


CACHE_TABLE = "cache"


def _delete(found: QuerySet) -> None:
    """Remove rows a batch at a time, so that nobody waits for long."""
    while keys := list(found.values_list("pk", flat=True)[:BATCH]):
        found.model._base_manager.filter(pk__in=keys).delete()


def _delete_kept_safe(found: QuerySet) -> None:
    """Remove rows of a table that is only added to."""
    while keys := list(found.values_list("pk", flat=True)[:BATCH]):
        with maintenance():
            found.model._base_manager.filter(pk__in=keys).delete()
