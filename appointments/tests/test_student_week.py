"""The week of a student, for the advisor and the registrar: classes, and no more of an appointment than its time."""

from datetime import time

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import RecordAccess, User
from accounts.operations import assign_advisor
from accounts.tests.makers import adam, alice, ivan, make_user, oscar, rita
from appointments.operations import book
from appointments.queries.booking import students_of
from appointments.tests.makers import at, make_type
from courses.tests.makers import make_section
from scheduling.tests.makers import make_pattern
from students.tests.makers import enroll_directly, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("R67", "K08")]


@pytest.fixture
def ada():
    return make_user(roles=["advisor"], given_name="Ada")


@pytest.fixture
def student(ada):
    """Alice has a class each morning and a talk with Ivan at twelve."""
    found = make_student(user=alice())
    section = make_section(instructor=ivan())
    make_pattern(section, "MTWRFSU", start=time(7), end=time(7, 50), instructors=[ivan()])
    enroll_directly(found, section)
    book(make_type(ivan(), title="Thesis talk"), found.user, at(12), by=None, topic="Burnout")
    assign_advisor(found.user, ada, by=None)
    return found


def ask(user, student, door):
    client = Client()
    if user:
        client.force_login(User.objects.get(pk=user.pk))
    week = {"week": at(12).date().isoformat()}
    name = "appointments:student_week" if door == "page" else "api_student_timetable"
    return client.get(reverse(name, args=[student.public_id]), week)


@pytest.mark.parametrize("door", ["page", "api"])
def test_an_advisor_sees_classes_and_when_the_student_is_busy(student, ada, door):
    answer = ask(ada, student, door)
    said = answer.content.decode()
    assert answer.status_code == 200
    assert student.enrollments.get().section.course.code in said
    assert "Busy" in said
    for secret in ("Thesis talk", "Burnout", "Ivan"):
        assert secret not in said
    assert RecordAccess.objects.filter(subject=alice(), what="timetable").values_list("role", flat=True)[0] == "advisor"


@pytest.mark.parametrize("door", ["page", "api"])
def test_the_registrar_sees_it_too_and_others_find_nothing_there(student, door):
    other = make_user(roles=["advisor"])
    people = (rita(), alice(), adam(), ivan(), oscar(), other, None)
    expected = [200, 200, 403, 404, 404, 404, 302 if door == "page" else 401]
    assert [ask(who, student, door).status_code for who in people] == expected


def test_a_week_that_is_none_is_malformed_in_the_api(student, ada):
    client = Client()
    client.force_login(ada)
    assert client.get(f"/api/v1/students/{student.public_id}/timetable/?week=never").status_code == 400


def test_an_advisor_books_for_the_own_advisees_alone(student, ada):
    make_student()
    assert list(students_of(User.objects.get(pk=ada.pk))) == [alice()]
