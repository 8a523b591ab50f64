"""The history in the admin: registrars and administrators read and search it, nobody writes it."""

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import operations as account_operations
from accounts.models import RecordAccess
from accounts.operations import note_access
from accounts.tests.makers import adam, alice, ivan, make_user, rita
from appointments.models import Appointment
from coursemgmt.audit import HIDDEN
from students import operations
from students.tests.makers import enroll_directly, make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("D01")]

PAGE = reverse("admin:students_enrollmenthistory_changelist")
ROLES = reverse("admin:accounts_heldrolehistory_changelist")


@pytest.fixture
def enrollment():
    return enroll_directly(make_student(user=alice()), make_open_section())


@pytest.fixture
def dropped(client, enrollment):
    """Alice dropped by page."""
    client.force_login(alice())
    client.post(reverse("students:enrollment_drop", args=[enrollment.public_id]))
    client.force_login(rita())
    return enrollment


def rows(answer):
    return list(answer.context["cl"].result_list)


def test_both_values_stand_side_by_side_with_who_and_by_which_door(client, dropped):
    change, made = rows(client.get(PAGE))
    text = client.get(PAGE).content.decode()
    assert (change.actor, change.door, change.route) == (alice().email, "page", "students:enrollment_drop")
    assert "<div>status: registered</div>" in text
    assert "<div>status: dropped</div>" in text
    assert (made.pgh_label, change.previous) == ("insert", made)
    one = client.get(reverse("admin:students_enrollmenthistory_change", args=[change.pk])).content.decode()
    assert '<th scope="row">status</th><td>registered</td><td>dropped</td>' in one
    assert f"Enrollment: history, {change.pk}" in one


def test_rows_are_named_and_times_are_those_of_the_reader(client, dropped):
    text = client.get(PAGE).content.decode()
    assert f"<div>student: {dropped.student} ({dropped.student.pk})</div>" in text
    assert f"<div>section: {dropped.section} ({dropped.section.pk})</div>" in text
    assert "+00:00" not in text


def test_it_is_searched_by_whom_it_is_about(client, dropped):
    other = enroll_directly(make_student(), dropped.section)
    about = rows(client.get(f"{PAGE}?q={other.student.user.email}"))
    assert [(row.id, row.pgh_label) for row in about] == [(other.pk, "insert")]


@pytest.mark.row("A08")
def test_who_acted_in_whose_name_stands_there_and_is_found_by_either(client, enrollment):
    boss = adam()
    with pghistory.context(user=alice().pk, impersonator=boss.pk, door="page", route="students:enrollment_drop"):
        operations.drop(enrollment, by=alice())
    client.force_login(rita())
    assert f"{boss.email} in the name of {alice().email}" in client.get(PAGE).text
    for word in (boss.email, alice().email):
        assert enrollment.pk in {row.id for row in rows(client.get(f"{PAGE}?q={word}"))}


@pytest.mark.row("A07")
def test_the_reason_of_a_deed_stands_beside_it(client):
    person = make_user()
    account_operations.grant_role(person, "student", by=adam(), reason="Enrolled by phone.")
    client.force_login(rita())
    assert "Enrolled by phone." in client.get(ROLES).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=alice@example.org", 2),
        ("q=rita@example.org", 0),
        ("q=nobody", 0),
        ("q=999999", 0),
        ("q=99999999999999999999999", 0),
        ("door=page", 1),
        ("door=api", 0),
        ("kind=insert", 1),
        ("pgh_created_at__gte=2100-01-01T00:00:00Z", 0),
    ],
)
def test_it_is_searched_by_person_row_door_kind_and_time(client, dropped, query, found):
    answer = client.get(f"{PAGE}?{query}")
    assert (answer.status_code, len(rows(answer))) == (200, found)


def test_it_is_searched_by_the_number_of_a_row(client, dropped):
    assert {row.id for row in rows(client.get(f"{PAGE}?q={dropped.pk}"))} == {dropped.pk}


def test_a_role_that_was_given_is_kept_with_its_giver(client):
    person, reader = make_user(), rita()
    client.force_login(adam())
    data = {"action": "give_role", "role": "instructor", "reason": "Asked for.", "_selected_action": [person.pk]}
    client.post(reverse("admin:accounts_user_changelist"), data)
    client.force_login(reader)
    given = rows(client.get(ROLES))[0]
    assert (given.actor, given.door, given.user_id) == (adam().email, "admin", person.pk)


@pytest.mark.parametrize("query", ["credit_hours__gt=1", "student__user__email__startswith=a", "pgh_context__isnull=1"])
def test_no_filter_but_those_shown_is_answered(client, dropped, query):
    assert client.get(f"{PAGE}?{query}").status_code in {302, 400}


def test_drafts_of_grades_have_no_page_and_topics_of_appointments_are_not_shown(client):
    client.force_login(adam())
    pages = client.get(reverse("admin:index")).content.decode()
    assert "enrollmenthistory" in pages
    for name in ("gradeentryhistory", "gradeitemhistory", "finalgradehistory"):
        assert name not in pages
    assert {"topic", "cancel_reason"} <= HIDDEN & {field.name for field in Appointment._meta.get_fields()}


@pytest.mark.parametrize("person", [alice, ivan])
def test_nobody_else_reads_it(client, person):
    client.force_login(person())
    assert client.get(PAGE).status_code in {302, 403}
    client.force_login(make_user(is_staff=True))
    assert client.get(PAGE).status_code == 403


def test_nobody_writes_it(client, dropped):
    client.force_login(adam())
    event = dropped.history.first()
    assert client.get(reverse("admin:students_enrollmenthistory_add")).status_code == 403
    assert client.post(reverse("admin:students_enrollmenthistory_delete", args=[event.pk])).status_code == 403
    assert client.post(reverse("admin:students_enrollmenthistory_change", args=[event.pk]), {}).status_code == 403


def test_who_looked_is_searched_by_either_side(client):
    note_access([alice().pk], RecordAccess.What.RECORD, by=ivan(), route="students:student_record")
    client.force_login(rita())
    page = reverse("admin:accounts_recordaccess_changelist")
    for word, found in (("alice", 1), ("ivan", 1), ("oscar", 0)):
        assert len(rows(client.get(f"{page}?q={word}"))) == found


@pytest.mark.row("R118")
def test_many_events_cost_what_one_does(client, dropped):
    client.get(PAGE)
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        costs.append(len(queries))
        for _ in range(3):
            operations.drop(enroll_directly(make_student(), dropped.section), by=None)
    assert costs[0] == costs[1] <= 15
