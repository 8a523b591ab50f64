"""What is kept ends when its time is over: the counts become nothing, what is younger stays, twice is harmless."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.usersessions.models import UserSession
from django.conf import settings as site
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import operations as accounts
from accounts.models import IdempotencyRecord, Invitation, PersonalToken, RecordAccess, TokenFamily
from accounts.tests.makers import adam, alice, ivan, rita
from appointments.models import AvailabilityOverride, AvailabilityRule
from appointments.operations import ensure_schedule
from core.history import maintenance
from coursemgmt import tasks
from coursemgmt.models import DataRequest
from coursemgmt.privacy import operations
from coursemgmt.privacy.retention import kinds, purge
from notifications.models import OutboxMessage
from notifications.operations import notify

pytestmark = [pytest.mark.django_db, pytest.mark.row("R95", "D05")]

# A day after the longest time has run out.
LATER = timedelta(days=max(kept.days for kept in kinds()) + 400)


def make_everything(days_ago):
    """Make one of each kind that ends, as old as said, and of each what is still in use."""
    now = timezone.now()
    then = now - timedelta(days=days_ago)
    n = f"{days_ago}"
    person = alice()
    Session.objects.create(session_key=f"ended{n}", session_data="", expire_date=then)
    UserSession.objects.create(user=person, session_key=f"ended{n}", ip="192.0.2.1", user_agent="Browser")
    UserSession.objects.filter(session_key=f"ended{n}").update(last_seen_at=then)
    PersonalToken.objects.create(user=person, name="old", hash=f"o{n}", scopes=["read:self"], expires_at=then)
    family = TokenFamily.objects.create(user=person, current=n, revoked_at=then)
    TokenFamily.objects.filter(pk=family.pk).update(created_at=then)
    address = EmailAddress.objects.get(user=person)
    EmailConfirmation.objects.create(email_address=address, created=then, key=n)
    invitation = accounts.invite(f"guest{n}@example.org", "student", by=adam())
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=then)
    record = IdempotencyRecord.objects.create(user=person, key=n, digest="d", body={"a": 1})
    IdempotencyRecord.objects.filter(pk=record.pk).update(created_at=then)
    request = operations.ask_erasure(person, by=person)
    message = notify("erasure_requested", to=person, about=request, key=n, facts={"reason": "x"})
    operations.withdraw(request, by=person)
    OutboxMessage.objects.filter(pk=message.pk).update(created_at=then, state="sent")
    folder = Path(site.MAIL_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    for path in (
        folder / f"{n}.eml",
        Path(default_storage.path(default_storage.save(f"photos/{n}", ContentFile(b"x")))),
    ):
        path.write_bytes(b"x")
        os.utime(path, (then.timestamp(), then.timestamp()))
    accounts.note_access([person.pk], RecordAccess.What.RECORD, by=rita(), route=n)
    with maintenance():
        RecordAccess.objects.filter(route=n).update(at=then)
    copy = operations.make_copy(operations.ask_copy(ivan(), by=ivan()))
    DataRequest.objects.filter(pk=copy.pk).update(expires_at=then, state="ready")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE status = 'todo'")
        cursor.execute("UPDATE procrastinate_events SET at = %s", [then])
    schedule = ensure_schedule(ivan(), by=None)
    AvailabilityRule.objects.create(schedule=schedule, weekday=0, start_time="09:00", end_time="10:00", end_date=then)
    AvailabilityOverride.objects.create(schedule=schedule, kind="block", start_date=then, end_date=then)
    entry = LogEntry.objects.create(user=rita(), object_repr="Alice Example", action_flag=2)
    LogEntry.objects.filter(pk=entry.pk).update(action_time=then)


@pytest.fixture
def tables(settings, tmp_path):
    settings.MEDIA_ROOT, settings.MAIL_DIR = tmp_path / "uploads", tmp_path / "mail"
    settings.CACHES = site.CACHES
    call_command("createcachetable", verbosity=0)


def counts(done):
    return {kept.name: count for kept, count in done}


def test_when_the_time_is_over_nothing_of_it_is_left(tables):
    make_everything(days_ago=LATER.days)
    cache.set("ended", 1, timeout=-1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cache SET expires = now() - interval '1 day'")
    before = counts(purge(dry_run=True))
    assert {name for name, count in before.items() if count == 0} <= {"cache"}
    assert counts(purge(dry_run=True)) == before
    first = counts(purge())
    assert first == before
    assert set(counts(purge()).values()) == {0}
    assert not RecordAccess.objects.exists()
    assert not ProcrastinateJob.objects.filter(status="succeeded").exists()
    assert not list(Path(site.MAIL_DIR).glob("*.eml"))
    assert next(iter(Invitation.objects.values_list("email", flat=True))).endswith("@erased.invalid")
    assert "guest" not in str(list(Invitation.history.rel.related_model.objects.values()))


def test_what_is_younger_stays(tables):
    make_everything(days_ago=0)
    Session.objects.filter(session_key="ended0").update(expire_date=timezone.now() + timedelta(hours=1))
    DataRequest.objects.filter(state="ready").update(expires_at=timezone.now() + timedelta(days=1))
    assert {name for name, count in counts(purge()).items() if count} <= {"cache"}
    assert IdempotencyRecord.objects.filter(key="0").exists()
    assert RecordAccess.objects.filter(route="0").exists()
    assert UserSession.objects.filter(session_key="ended0").exists()


def test_each_has_its_own_number_of_days(settings, tables):
    make_everything(days_ago=8)
    found = counts(purge(dry_run=True))
    assert {name for name, count in found.items() if count} - {"cache"} == {"sessions", "repeats", "copies"}
    settings.KEEP_DAYS = settings.KEEP_DAYS | {"jobs": 3}
    assert counts(purge(dry_run=True))["jobs"] > 0


def test_a_session_that_is_alive_keeps_its_line_however_old(tables, client):
    client.force_login(alice())
    UserSession.objects.create(user=alice(), session_key=client.session.session_key, ip="192.0.2.1", user_agent="B")
    UserSession.objects.update(last_seen_at=timezone.now() - LATER)
    assert counts(purge())["sign_ins"] == 0


def test_a_photo_that_somebody_has_stays(tables):
    person = alice()
    person.photo.save("photo", ContentFile(b"x"))
    old = (timezone.now() - LATER).timestamp()
    os.utime(default_storage.path(person.photo.name), (old, old))
    purge()
    assert default_storage.exists(person.photo.name)


def test_the_command_says_what_there_was_and_the_job_does_the_same(tables, capsys):
    make_everything(days_ago=LATER.days)
    call_command("purge", dry_run=True)
    said = capsys.readouterr().out
    assert "Looks at records (1825 days)" in said
    assert RecordAccess.objects.exists()
    tasks.purge(0)
    assert not RecordAccess.objects.exists()


def test_nothing_of_the_story_of_seats_and_grades_ends():
    names = {kept.name for kept in kinds()}
    assert {"sessions", "looks", "mail", "jobs"} < names
    assert not names & {"enrollments", "grades", "events", "history"}
