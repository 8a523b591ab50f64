"""The chain over the history: sealed in batches, verified as a whole, broken by whoever changes a row."""

import threading

import pghistory
import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import User
from core.history import maintenance
from coursemgmt import seals
from coursemgmt.models import DataRequest, HistoryRedaction, HistorySeal
from coursemgmt.privacy import erasure
from coursemgmt.tests.test_application_role import SETUP

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.row("R97")]

NOW = seals.timedelta(0)
LOGINS = ["coursemgmt_web_test", "coursemgmt_worker_test"]
History = User.history.rel.related_model


@pytest.fixture(autouse=True)
def _empty():
    """What other tests left in the history belongs to no chain of these."""
    with maintenance():
        for model in seals.sealed_models():
            model._base_manager.all()._raw_delete("default")
        HistorySeal.objects.all()._raw_delete("default")
        HistoryRedaction.objects.all()._raw_delete("default")


def make_people(count):
    User.objects.bulk_create(User(email=f"sealed{n}@example.org", given_name=f"Name {n}") for n in range(count))
    return list(History.objects.order_by("pgh_id").values_list("pgh_id", flat=True))


def tamper(sql, *values):
    """Change the history as the owner of its tables can."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_userhistory DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE accounts_userhistory ENABLE TRIGGER USER")


def test_ten_thousand_events_are_sealed_and_hold():
    make_people(10_000)
    assert seals.seal(NOW) == 10_000
    assert HistorySeal.objects.count() == 2
    report = seals.verify()
    assert (report.breaks, report.rows, report.unsealed) == ([], 10_000, 0)
    assert seals.seal(NOW) == 0
    call_command("verify_history", digest=report.head)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE accounts_userhistory SET given_name = 'Other' WHERE pgh_id = %s", "was changed"),
        ("UPDATE accounts_userhistory SET pgh_created_at = now() WHERE pgh_id = %s", "was changed"),
        ("DELETE FROM accounts_userhistory WHERE pgh_id = %s", "was removed"),
    ],
)
def test_a_row_that_its_owner_changed_is_named(sql, said):
    ids = make_people(30)
    seals.seal(NOW)
    tamper(sql, ids[7])
    assert seals.verify().breaks == [f"accounts_userhistory {ids[7]} {said}."]
    with pytest.raises(CommandError, match=f"accounts_userhistory {ids[7]} {said}"):
        call_command("verify_history")


def test_a_row_that_was_put_in_later_is_named():
    ids = make_people(3)
    tamper("DELETE FROM accounts_userhistory WHERE pgh_id = %s", ids[1])
    seals.seal(NOW)
    columns = ", ".join(f'"{one.column}"' for one in History._meta.concrete_fields if one.name != "pgh_id")
    tamper(
        f"INSERT INTO accounts_userhistory (pgh_id, {columns}) SELECT %s, {columns} FROM accounts_userhistory"  # noqa: S608
        " WHERE pgh_id = %s",
        ids[1], ids[0],
    )  # fmt: skip
    assert seals.verify().breaks == [f"accounts_userhistory {ids[1]} was added after its seal."]


def test_who_was_behind_a_change_is_sealed_with_it():
    with pghistory.context(user=None, door="command", route="first"):
        (number,) = make_people(1)
    seals.seal(NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pghistory_context SET metadata = jsonb_set(metadata, '{route}', '\"second\"')")
    assert seals.verify().breaks == [f"accounts_userhistory {number} was changed."]


def test_a_seal_that_was_made_anew_without_the_key_is_found(settings):
    ids = make_people(5)
    seals.seal(NOW)
    make_people_later = [User.objects.create(email="later@example.org")]
    seals.seal(NOW)
    assert make_people_later
    tamper("UPDATE accounts_userhistory SET given_name = 'Other' WHERE pgh_id = %s", ids[0])
    first = HistorySeal.objects.order_by("pk").first()
    key, settings.HISTORY_KEY = settings.HISTORY_KEY, "a key that the intruder made up"
    first.rows = b"".join(
        number.to_bytes(8, "big") + leaf
        for number, leaf in seals.leaves_of(History, first.columns, first=first.first_id, last=first.last_id)
    )
    first.digest = seals._digest_of(first)
    with maintenance():
        HistorySeal.objects.filter(pk=first.pk).update(rows=first.rows, digest=first.digest)
    settings.HISTORY_KEY = key
    breaks = seals.verify().breaks
    assert f"Seal {first.pk} is not the one that was made." in breaks
    assert f"accounts_userhistory {ids[0]} was changed." in breaks


def test_a_chain_that_was_cut_lacks_the_digest_that_was_noted():
    make_people(2)
    seals.seal(NOW)
    head = seals.verify().head
    with maintenance():
        HistorySeal.objects.all()._raw_delete("default")
    with pytest.raises(CommandError, match="the chain was cut"):
        call_command("verify_history", digest=head)


def test_a_row_that_is_not_committed_yet_is_left_for_the_next_seal(monkeypatch):
    monkeypatch.setattr(seals, "WAIT_SECONDS", 0.3)
    began, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            User.objects.create(email="slow@example.org")
            began.set()
            go_on.wait(20)
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    began.wait(20)
    User.objects.create(email="quick@example.org")
    with pytest.raises(seals.StillWriting):
        seals.seal(NOW)
    assert HistorySeal.objects.count() == 0
    go_on.set()
    writer.join(20)
    assert seals.seal(NOW) == 2
    assert seals.verify().breaks == []


def test_no_writer_waits_for_a_seal(monkeypatch):
    """While the transaction of a seal is open, others go on writing."""
    make_people(3)
    done = []
    append = seals._append

    def slow_append(made):
        def write():
            User.objects.create(email="meanwhile@example.org")
            done.append(True)
            connection.close()

        writer = threading.Thread(target=write)
        writer.start()
        writer.join(5)
        append(made)

    monkeypatch.setattr(seals, "_append", slow_append)
    assert seals.seal(NOW) == 3
    assert done == [True]


def erase_during_a_seal(monkeypatch, person):
    """Seal, and erase the person by another connection once their rows are read and before their seal is there."""
    request = DataRequest.objects.create(kind="erasure", subject=person, state="approved")
    append = seals._append

    def erase():
        erasure.carry_out(request)
        connection.close()

    eraser = threading.Thread(target=erase)

    def slow_append(made):
        if made.table == History._meta.db_table and eraser.ident is None:
            eraser.start()
            eraser.join(2)
        append(made)

    monkeypatch.setattr(seals, "_append", slow_append)
    seals.seal(NOW)
    eraser.join(20)
    person.refresh_from_db()
    assert person.is_erased


@pytest.mark.row("R94")
@pytest.mark.parametrize("takes_turns", [True, pytest.param(False, id="control")])
def test_an_erasure_during_a_seal_breaks_no_chain(monkeypatch, settings, tmp_path, takes_turns):
    settings.ERASURE_LIST = tmp_path / "erasures.txt"
    if not takes_turns:
        monkeypatch.setattr(seals, "take_turn", lambda: None)
    (number,) = make_people(1)
    erase_during_a_seal(monkeypatch, User.objects.get())
    broken = [] if takes_turns else [f"accounts_userhistory {number} was changed."]
    assert seals.verify().breaks == broken


def test_an_erasure_during_a_look_at_the_chain_is_no_break(monkeypatch, settings, tmp_path):
    settings.ERASURE_LIST = tmp_path / "erasures.txt"
    make_people(1)
    seals.seal(NOW)
    request = DataRequest.objects.create(kind="erasure", subject=User.objects.get(), state="approved")
    look = seals._redactions

    def erase():
        erasure.carry_out(request)
        connection.close()

    def slow_look(report):
        found = look(report)
        eraser = threading.Thread(target=erase)
        eraser.start()
        eraser.join(20)
        return found

    monkeypatch.setattr(seals, "_redactions", slow_look)
    assert seals.verify().breaks == []
    assert User.objects.get().is_erased


def test_what_was_written_a_moment_ago_waits():
    make_people(3)
    assert seals.seal() == 0


def test_a_scrubbed_row_holds_with_its_signed_redaction_and_no_other_change():
    ids = make_people(3)
    seals.seal(NOW)
    with maintenance():
        History.objects.filter(pk=ids[1]).update(given_name="")
        assert seals.note_redactions(History, [ids[1]], "erasure") == 1
    report = seals.verify()
    assert (report.breaks, report.redacted) == ([], 1)
    tamper("UPDATE accounts_userhistory SET family_name = 'Other' WHERE pgh_id = %s", ids[1])
    assert seals.verify().breaks == [f"accounts_userhistory {ids[1]} was changed."]


def test_a_redaction_without_the_key_does_not_count(settings):
    ids = make_people(1)
    seals.seal(NOW)
    tamper("UPDATE accounts_userhistory SET given_name = 'Other' WHERE pgh_id = %s", ids[0])
    key, settings.HISTORY_KEY = settings.HISTORY_KEY, "a key that the intruder made up"
    with maintenance():
        seals.note_redactions(History, ids, "erasure")
    settings.HISTORY_KEY = key
    assert len(seals.verify().breaks) == 2


def test_a_login_of_the_web_cannot_seal_or_scrub_and_one_of_the_worker_can():
    """Real logins, set up as the deployment page says."""
    ids = make_people(1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'accounts_userhistory'::regclass"
            " AND tgname LIKE 'pgtrigger_append_only_%'"
        )
        (name,) = cursor.fetchone()
        ignore = f"SET pgtrigger.ignore = '{{{name}}}'"
        cursor.execute("SELECT rolname FROM pg_roles")
        made_here = {"coursemgmt_application", "coursemgmt_maintenance"} - {role for (role,) in cursor.fetchall()}
        cursor.execute(SETUP.read_text())
        for login in LOGINS:
            cursor.execute(f"DROP ROLE IF EXISTS {login}")
            cursor.execute(f"CREATE ROLE {login} LOGIN IN ROLE coursemgmt_application")
        cursor.execute("GRANT coursemgmt_maintenance TO coursemgmt_worker_test WITH INHERIT FALSE")
    given = connection.get_connection_params()
    given = {name: given[name] for name in ("host", "dbname", "port", "password") if given.get(name)}
    scrub = f"UPDATE accounts_userhistory SET given_name = '' WHERE pgh_id = {ids[0]}"  # noqa: S608
    try:
        with psycopg.connect(**given, user="coursemgmt_web_test", autocommit=True) as web:
            web.execute(ignore)
            for sql in (scrub, "DELETE FROM accounts_userhistory", "TRUNCATE accounts_userhistory"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    web.execute(sql)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                web.execute("SET ROLE coursemgmt_maintenance")
        with psycopg.connect(**given, user="coursemgmt_worker_test", autocommit=True) as worker:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                worker.execute(scrub)
            worker.execute("SET ROLE coursemgmt_maintenance")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                worker.execute("DELETE FROM coursemgmt_historyseal")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                worker.execute("TRUNCATE accounts_userhistory")
            worker.execute(ignore)
            assert worker.execute(scrub).rowcount == 1
    finally:
        with connection.cursor() as cursor:
            for login in LOGINS:
                cursor.execute(f"DROP ROLE {login}")
            for role in made_here:
                cursor.execute(f"DROP OWNED BY {role}")
                cursor.execute(f"DROP ROLE {role}")
            cursor.execute("ALTER FUNCTION _pgh_attach_context() SECURITY INVOKER RESET search_path")
