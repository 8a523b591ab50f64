"""Whoever changes a record, by whichever door: the database keeps who, by which way, and both values."""

import pghistory
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import InternalError, ProgrammingError, connection, transaction
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.tests.makers import adam, alice, rita
from courses.models import Section
from integrations.tests.makers import ROWS, make_import_term, writer
from students import tasks
from students.models import Enrollment, GradeEntry
from students.tests.makers import enroll_directly, make_class, make_grade_item, make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("R96", "D01")]

CONTEXT = {"door": "command", "route": "mend_records"}


def facts(row):
    """Return the last change of `row`: who, by which door and route, and what its status was and is."""
    last, *earlier = row.history.order_by("-pgh_id").select_related("pgh_context")
    said = last.pgh_context.metadata
    return said["user"], said["door"], said["route"], earlier[0].status if earlier else None, last.status


@pytest.fixture
def enrollment():
    return enroll_directly(make_student(user=alice()), make_open_section())


def test_a_change_by_page_is_kept(client, enrollment):
    client.force_login(alice())
    client.post(reverse("students:enrollment_drop", args=[enrollment.public_id]))
    assert facts(enrollment) == (alice().pk, "page", "students:enrollment_drop", "registered", "dropped")


def test_a_change_by_the_api_is_kept_with_the_person_of_the_token(enrollment):
    script = APIClient()
    given = script.post(
        reverse("api_token"), {"email": alice().email, "password": "correct horse battery"}, format="json"
    )
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {given.json()['access']}")
    answer = script.post(reverse("api_enrollment-drop", args=[enrollment.public_id]), {}, format="json")
    assert answer.status_code == 200
    assert facts(enrollment) == (alice().pk, "api", "api_enrollment-drop", "registered", "dropped")


def test_a_change_in_the_admin_is_kept(client):
    section = make_open_section(capacity=30)
    client.force_login(adam())
    url = reverse("admin:courses_section_change", args=[section.pk])
    form = client.get(url).context["adminform"].form
    data = {name: form.initial.get(name) for name in form.fields if form.initial.get(name) is not None}
    sets = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0}
    prefixes = [one.formset.prefix for one in client.get(url).context["inline_admin_formsets"]]
    data |= {f"{prefix}-{name}": value for prefix in prefixes for name, value in sets.items()}
    answer = client.post(url, data | {"capacity": 31})
    assert answer.status_code == 302
    last, before = section.history.order_by("-pgh_id")[:2]
    assert (before.capacity, last.capacity) == (30, 31)
    assert last.pgh_context.metadata == {
        "user": adam().pk, "door": "admin", "route": "admin:courses_section_change",
    }  # fmt: skip


def test_a_bulk_action_is_kept_for_each_row(client, enrollment):
    other = enroll_directly(make_student(), enrollment.section)
    client.force_login(rita())
    data = {"action": "drop", "reason": "Asked for.", "_selected_action": [enrollment.pk, other.pk]}
    client.post(reverse("admin:students_enrollment_changelist"), data)
    expected = (rita().pk, "admin", "admin:students_enrollment_changelist", "registered", "dropped")
    assert [facts(enrollment), facts(other)] == [expected, expected]


def test_an_update_of_a_queryset_is_kept(enrollment):
    with pghistory.context(user=rita().pk, **CONTEXT):
        Enrollment.objects.filter(pk=enrollment.pk).update(status="dropped")
    assert facts(enrollment) == (rita().pk, "command", "mend_records", "registered", "dropped")


def test_rows_made_at_once_are_kept(enrollment):
    students = [make_student(), make_student()]
    with pghistory.context(user=rita().pk, **CONTEXT):
        made = Enrollment.objects.bulk_create(
            Enrollment(student=student, section=enrollment.section, credit_hours=3) for student in students
        )
    assert [facts(row) for row in made] == [(rita().pk, "command", "mend_records", None, "registered")] * 2


def test_a_statement_of_sql_is_kept(enrollment):
    with pghistory.context(user=rita().pk, **CONTEXT), connection.cursor() as cursor:
        cursor.execute("UPDATE students_enrollment SET status = 'dropped' WHERE id = %s", [enrollment.pk])
    assert facts(enrollment) == (rita().pk, "command", "mend_records", "registered", "dropped")


def test_a_removed_row_is_kept():
    _section, (enrollment,) = make_class()
    entry = GradeEntry.objects.create(item=make_grade_item(enrollment.section), enrollment=enrollment, score=7)
    history = GradeEntry.history.rel.related_model.objects.filter(id=entry.pk)
    GradeEntry.objects.filter(pk=entry.pk)._raw_delete("default")
    assert [(row.pgh_label, row.score) for row in history.order_by("pgh_id")] == [("insert", 7), ("delete", 7)]


def test_an_import_is_kept(tmp_path):
    make_import_term()
    call_command(
        "import_schedule", writer(tmp_path)(*ROWS), "--term", "T1", "--layout", "ucsd", "--apply",
        "--report", str(tmp_path / "report.json"),
    )  # fmt: skip
    section = Section.objects.filter(term__code="T1").first()
    said = section.history.get(pgh_label="insert").pgh_context.metadata
    assert said == {"user": None, "door": "command", "route": "import_schedule"}


def test_a_job_is_kept(enrollment):
    tasks.release_seats(enrollment.student.user_id)
    assert facts(enrollment) == (None, "job", "release_seats", "registered", "dropped")


def test_the_history_cannot_be_changed(enrollment):
    event = enrollment.history.get()
    for sql in ("UPDATE students_enrollmenthistory SET status = 'dropped'", "DELETE FROM students_enrollmenthistory"):
        with pytest.raises((InternalError, ProgrammingError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert enrollment.history.get() == event


def test_no_secret_is_in_the_history():
    kept = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if hasattr(model, "pgh_id")
        for field in model._meta.get_fields()
    }
    assert "students.EnrollmentHistory.status" in kept
    assert not [name for name in kept if name.rpartition(".")[2] in {"password", "last_login", "hash", "token"}]
