"""A host books for a student, by page and by script."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.makers import alice, ivan, make_user
from appointments import operations
from appointments.models import Appointment
from appointments.tests.makers import at, make_type
from courses.models import SectionInstructor
from students.models import Enrollment
from students.tests.makers import make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("P16", "W09")]


@pytest.fixture
def type(client):
    """Return a type of Ivan's that no student could book so late; Alice is in his class and he is signed in."""
    section = make_open_section()
    SectionInstructor.objects.create(section=section, instructor=ivan(), is_primary=True)
    Enrollment.objects.create(student=make_student(user=alice()), section=section, status="registered", credit_hours=3)
    client.force_login(ivan())
    return make_type(ivan(), notice_minutes=60 * 24 * 30)


def page_for(type, student):
    return reverse("appointments:book_for", args=[type.public_id]) + f"?student={student.public_id}"


def test_the_host_chooses_a_student_and_a_time_inside_the_own_notice(client, type):
    chooser = client.get(reverse("appointments:book_for", args=[type.public_id]))
    assert list(chooser.context["chooser"].fields["student"].queryset) == [alice()]
    page = client.get(page_for(type, alice()))
    assert f'value="{at(9).isoformat()}"' in page.text
    data = {"starts_at": at(9).isoformat(), "topic": "Talk", "key": page.context["form"]["key"].value()}
    first, second = client.post(page_for(type, alice()), data), client.post(page_for(type, alice()), data)
    assert (first.status_code, first.url) == (second.status_code, second.url) == (302, first.url)
    booked = Appointment.objects.get()
    assert (booked.student, booked.booked_by, booked.events.get().actor) == (alice(), ivan(), ivan())


def test_a_time_at_which_the_student_is_not_free_is_refused_without_telling_why(client, type):
    elsewhere = make_type(make_user(roles=["instructor"]), title="Secret talk")
    operations.book(elsewhere, alice(), at(9), by=alice())
    page = client.get(page_for(type, alice()))
    assert f'value="{at(9).isoformat()}"' not in page.text
    assert "hidden because the student is not free then" in page.text
    page = client.post(page_for(type, alice()), {"starts_at": at(9).isoformat()})
    assert page.status_code == 200
    assert "Secret talk" not in page.text
    assert Appointment.objects.count() == 1


def test_a_student_whom_the_host_does_not_know_is_no_choice(client, type):
    other = make_user(roles=["student"])
    page = client.post(page_for(type, other), {"starts_at": at(9).isoformat()})
    assert page.status_code == 200
    assert list(page.context["chooser"].errors) == ["student"]
    assert not Appointment.objects.exists()


def test_the_page_is_the_hosts_own(client, type):
    for person, status in ((make_user(roles=["instructor"]), 404), (alice(), 403)):
        client.force_login(person)
        assert client.get(page_for(type, alice())).status_code == status
        assert client.post(page_for(type, alice()), {"starts_at": at(9).isoformat()}).status_code == status
    assert not Appointment.objects.exists()


@pytest.mark.row("R118")
def test_the_list_of_students_takes_as_many_queries_for_one_as_for_many(client, type):
    seen = []
    for more in (0, 6):
        for step in range(more):
            operations.book(type, make_user(roles=["student"]), at(9) + timedelta(minutes=30 * step), by=ivan())
        client.get(page_for(type, alice()))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(page_for(type, alice()))
        seen.append(len(queries))
        assert page.context["chooser"].fields["student"].queryset.count() == 1 + more
    assert seen[0] == seen[1]
