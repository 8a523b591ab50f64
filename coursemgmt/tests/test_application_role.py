"""The database role of web and worker, set up as the deployment page says, can add to the history and alter none."""

from datetime import timedelta
from pathlib import Path

import pghistory
import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from accounts.models import RecordAccess
from accounts.operations import note_access
from accounts.tests.makers import adam, alice, rita
from coursemgmt.privacy import erasure
from coursemgmt.privacy import operations as privacy
from coursemgmt.privacy.retention import purge
from students import operations
from students.models import Enrollment
from students.tests.makers import enroll_directly, make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("R97")]

SETUP = Path(__file__).parents[2] / "script" / "application_role.sql"
APPEND_ONLY = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger\\_append\\_only\\_%'"


@pytest.fixture
def enrollment():
    return enroll_directly(make_student(user=alice()), make_open_section())


@pytest.fixture
def tables(enrollment):
    """The tables that are only added to; from here on the connection has the role of the application."""
    with connection.cursor() as cursor:
        cursor.execute(SETUP.read_text())
        cursor.execute(APPEND_ONLY)
        found = sorted({name for (name,) in cursor.fetchall()})
        cursor.execute("SET LOCAL ROLE coursemgmt_application")
    return [*found, "pghistory_context"]


def refused(sql):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(sql)
    return True


def test_the_application_cannot_alter_what_was_written(tables):
    assert {"students_enrollmenthistory", "students_enrollmentevent", "students_gradechange"} < set(tables)
    for table in tables:
        assert refused(f"DELETE FROM {table}")  # noqa: S608
        assert refused(f"TRUNCATE {table} CASCADE")
    for table in tables:
        column = "metadata = '{}'" if table == "pghistory_context" else f"{_first_column(table)} = NULL"
        assert refused(f"UPDATE {table} SET {column}")  # noqa: S608


def _first_column(table):
    with connection.cursor() as cursor:
        return connection.introspection.get_table_description(cursor, table)[-1].name


def test_the_application_does_deeds_and_the_history_is_written(tables, enrollment):
    with pghistory.context(user=alice().pk, door="page"):
        operations.drop(enrollment, by=alice())
        pghistory.context(route="students:enrollment_drop")
        Enrollment.objects.filter(pk=enrollment.pk).update(credit_hours=1)
    event = enrollment.history.order_by("-pgh_id").first()
    assert (event.status, event.credit_hours) == ("dropped", 1)
    assert event.pgh_context.metadata["route"] == "students:enrollment_drop"


@pytest.mark.row("R94", "R95")
def test_erasure_and_retention_take_the_role_of_maintenance_and_give_it_back(tables, enrollment, settings, tmp_path):
    settings.ERASURE_LIST = tmp_path / "erasures.txt"
    person = enrollment.student.user
    note_access([person.pk], RecordAccess.What.RECORD, by=rita(), route="students:student_record")
    request = privacy.ask_erasure(person, by=person)
    for one in (rita(), adam()):
        privacy.approve(request, by=one)
    erasure.carry_out(request)
    person.refresh_from_db()
    assert person.is_erased
    purge(now=timezone.now() + timedelta(days=9_000))
    assert not RecordAccess.objects.exists()
    assert refused("DELETE FROM accounts_userhistory")
    assert refused("DELETE FROM coursemgmt_historyseal")


def test_the_application_cannot_switch_the_triggers_off(tables):
    with pytest.raises(ProgrammingError, match="must be owner"), transaction.atomic():
        connection.cursor().execute("ALTER TABLE students_enrollmenthistory DISABLE TRIGGER ALL")
