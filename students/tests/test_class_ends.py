"""Those in a class are told once that its pages close soon, and not when that is no longer so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from courses.models import Section
from notifications.models import OutboxMessage
from notifications.operations import deliver
from students.operations import warn_of_ends
from students.tests.makers import enroll_directly, make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("E22")]


def told():
    return list(OutboxMessage.objects.filter(kind="class_ends_soon").order_by("pk"))


def move_end(section, **delta):
    Section.objects.filter(pk=section.pk).update(access_ends_at=timezone.now() + timedelta(**delta))


@pytest.fixture
def section():
    return make_open_section(access_ends_at=timezone.now() + timedelta(days=6))


def test_each_student_is_told_once(section, mailoutbox):
    students = [make_student() for _n in range(2)]
    for student in students:
        enroll_directly(student, section)
    assert warn_of_ends() == 2
    assert warn_of_ends() == 0
    assert {message.recipient for message in told()} == {student.user for student in students}
    deliver(told()[0].pk)
    assert "close on" in mailoutbox[0].body


@pytest.mark.parametrize("delta", [{"days": 8}, {"minutes": -1}])
def test_an_end_that_is_far_or_past_is_not_told(section, delta):
    enroll_directly(make_student(), section)
    move_end(section, **delta)
    assert warn_of_ends() == 0


def test_whoever_left_is_not_told_and_a_class_without_an_end_never(section):
    enroll_directly(make_student(), section, status="dropped")
    enroll_directly(make_student(), make_open_section())
    assert warn_of_ends() == 0


def test_an_end_that_moved_is_told_again_and_the_old_mail_is_not_sent(section, mailoutbox):
    enroll_directly(make_student(), section)
    warn_of_ends()
    move_end(section, days=5)
    assert warn_of_ends() == 1
    for message in told():
        deliver(message.pk)
    assert len(mailoutbox) == 1


def test_no_days_tell_nobody(section, settings):
    settings.CLASS_END_NOTICE_DAYS = 0
    enroll_directly(make_student(), section)
    assert warn_of_ends() == 0
