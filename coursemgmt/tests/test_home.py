"""The first page of every role."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.operations import assign_advisor
from accounts.tests.makers import adam, alice, ivan, make_user, oscar, rita
from appointments.operations import book
from appointments.tests.makers import at, make_type
from courses.tests.makers import add_instructor, make_course, make_section, make_term
from notifications.models import OutboxMessage
from notifications.operations import notify
from scheduling.tests.makers import make_pattern
from students.models import GradeEntry
from students.operations import join_waitlist
from students.tests.makers import enroll_directly, make_grade_item, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("W23")]

MOST = 15


def page(client, user):
    client.force_login(user)
    return client.get("/").content.decode()


def queries_of(client, user):
    client.force_login(user)
    client.get("/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/").status_code == 200
    return len(asked)


def a_busy_term(first=0, last=1):
    """Give Alice classes of Ivan's, with marks, lines and appointments."""
    student, teacher = make_student(user=alice()), ivan()
    for n in range(first, last):
        section = make_section(course=make_course("HIST"), instructor=teacher)
        make_pattern(section, "MTWRFSU", start=time(6 + n), end=time(6 + n, 50), instructors=[teacher])
        enrollment = enroll_directly(student, section)
        old = timezone.now() - timedelta(days=1)
        GradeEntry.objects.create(
            item=make_grade_item(section, posted=True, due_at=old), enrollment=enrollment, score=80
        )
        make_grade_item(section, posted=True, title="Forgotten", due_at=old)
        make_grade_item(section, posted=True, title="To come", due_at=timezone.now() + timedelta(days=3))
        draft = make_grade_item(section, title="Hidden draft", due_at=old)
        GradeEntry.objects.create(item=draft, enrollment=enrollment, score=70)
        full = make_section(course=make_course("ART"), capacity=1)
        enroll_directly(make_student(), full)
        join_waitlist(student, full, by=None)
        kind = make_type(make_user(roles=["instructor"]), title="Office hour")
        book(kind, student.user, at(17, days=1 + n), by=None)
        with_ivan = make_student()
        kind = teacher.appointment_types.first() or make_type(teacher, title="Advice")
        book(kind, with_ivan.user, at(16, days=2 + n), by=None)


def test_a_student_sees_the_day_the_lines_and_what_has_changed(client):
    a_busy_term()
    text = page(client, alice())
    for words in (
        "HIST",
        "1 of 1",
        "Forgotten",
        "To come",
        "80 of 100",
        "Office hour",
        "Registration",
        "Changed lately",
    ):
        assert words in text
    assert "Hidden draft" not in text


def test_an_instructor_sees_sections_seats_and_work_that_waits(client):
    a_busy_term()
    text = page(client, ivan())
    for words in ("1 of 1 scored", "Not posted", "0 of 1 scored", "39 of 40 seats left", "Advice", "Roster"):
        assert words in text


def test_an_assistant_finds_the_section(client):
    student = make_student(user=alice())
    add_instructor(make_section(), student.user, role="assistant")
    assert "Sections you help to teach" in page(client, student.user)
    assert "Sections you help to teach" not in page(client, make_student().user)


def test_the_office_sees_lines_gaps_and_registration(client):
    a_busy_term()
    text = page(client, rita())
    for words in ("1 waiting", "No room", "No instructor", "Registration", "Nothing overlaps"):
        assert words in text
    assert "Operation" not in text


def test_an_administrator_sees_messages_that_failed(client):
    notify("enrolled", to=alice(), about=enroll_directly(make_student(user=alice()), make_section()))
    OutboxMessage.objects.update(state="failed")
    assert "1 message failed" in page(client, adam())


def test_a_stranger_can_search_and_someone_without_a_role_is_told(client):
    text = client.get("/").content.decode()
    assert 'action="/classes/"' in text
    assert "/accounts/signup/" in text
    assert "no role yet" in page(client, oscar())


def test_without_any_term_every_role_gets_a_page(client):
    for person in (alice(), ivan(), rita(), adam()):
        assert page(client, person)


@pytest.mark.row("R118")
@pytest.mark.parametrize("person", [alice, ivan, rita, adam])
def test_the_page_asks_the_same_for_one_and_many(client, person):
    make_term()
    a_busy_term()
    few = queries_of(client, person())
    a_busy_term(1, 4)
    assert queries_of(client, person()) == few <= MOST


@pytest.mark.row("R63", "R67")
def test_who_only_assists_is_shown_no_way_to_the_grades(client):
    teacher, helper = ivan(), make_user(roles=["student"])
    section = make_section(instructor=teacher)
    add_instructor(section, helper, role="assistant")
    grades = f"/classes/{section.public_id}/grades/"
    assert grades in page(client, teacher)
    assert grades not in page(client, helper)


def an_advisee(advisor):
    """Assign somebody with work that is missing."""
    student = make_student()
    section = make_section(course=make_course("HIST"), instructor=ivan())
    enroll_directly(student, section)
    make_grade_item(section, posted=True, due_at=timezone.now() - timedelta(days=1))
    assign_advisor(student.user, advisor, by=None)
    return student


@pytest.mark.row("R67", "R118")
def test_an_advisor_sees_who_needs_a_word_and_no_pages_of_teaching(client):
    advisor = make_user(roles=["advisor"])
    assert "No student is assigned to you yet" in page(client, advisor)
    worried, calm = an_advisee(advisor), make_student()
    assign_advisor(calm.user, advisor, by=None)
    text = page(client, advisor)
    assert worried.user.display_name in text
    assert "1 piece of work missing" in text
    assert calm.user.display_name not in text
    assert reverse("students:advisee_list") in text
    assert reverse("courses:my_sections") not in text
    one = queries_of(client, advisor)
    an_advisee(advisor)
    assert one == queries_of(client, advisor) <= MOST
