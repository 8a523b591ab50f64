"""Sections where somebody approves each student."""

import pytest
from django.core import mail
from django.utils import timezone

from accounts.tests.makers import alice, ivan, make_user, rita
from core.errors import DomainError
from courses.models import SectionInstructor
from notifications.models import OutboxMessage
from notifications.operations import deliver
from students import operations
from students.models import Enrollment
from students.queries.seats import seats
from students.tests.makers import enroll_directly, make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("E03")]


def refusal(deed, *args, **kwargs):
    with pytest.raises(DomainError) as caught:
        deed(*args, **kwargs)
    return caught.value.code


@pytest.fixture
def section():
    section = make_open_section(capacity=1, approval="instructor")
    SectionInstructor.objects.create(section=section, instructor=ivan(), is_primary=True)
    return section


@pytest.fixture
def asked(section):
    student = make_student(user=alice())
    return operations.request_approval(student, section, by=student.user, message="I have read the book.")


def test_a_request_holds_no_seat_and_its_approval_gives_one(section, asked):
    assert (asked.status, seats(section).free) == ("pending_approval", 1)
    enrollment = operations.approve(asked, by=ivan(), reason="Welcome.")
    assert (enrollment.status, seats(section).free) == ("registered", 0)
    assert [(event.to_status, event.actor, event.reason) for event in enrollment.events.all()] == [
        ("pending_approval", alice(), "I have read the book."),
        ("registered", ivan(), "Welcome."),
    ]
    assert refusal(operations.approve, asked, by=ivan()) == "approval_over"


def test_without_approval_nobody_gets_a_seat_nor_asks_twice(section, asked):
    student = make_student()
    assert refusal(operations.enroll, student, section, by=student.user) == "approval_needed"
    assert refusal(operations.request_approval, asked.student, section, by=alice()) == "already_enrolled"
    free = make_open_section()
    assert refusal(operations.request_approval, student, free, by=student.user) == "approval_not_needed"
    operations.grant_override(student, section, "consent", by=rita(), reason="Agreed by phone.")
    assert operations.enroll(student, section, by=student.user).status == "registered"


def test_an_approval_counts_the_seats_again(section, asked):
    enroll_directly(make_student(), section)
    assert refusal(operations.approve, asked, by=ivan()) == "section_full"
    asked.refresh_from_db()
    assert asked.status == "pending_approval"


def test_a_declined_request_is_told_with_its_reason_and_can_be_made_again(section, asked):
    assert refusal(operations.decline_approval, asked, by=ivan(), reason=" ") == "reason_missing"
    operations.decline_approval(asked, by=ivan(), reason="Take the first course before.")
    deliver(OutboxMessage.objects.get(kind="approval_declined").pk)
    [message] = mail.outbox
    assert (message.to, "Take the first course before." in message.body) == ([alice().email], True)
    again = operations.request_approval(asked.student, section, by=alice())
    assert (again.pk, again.status) == (asked.pk, "pending_approval")


def test_the_instructor_is_told_who_asks_and_the_student_who_was_approved(section, asked):
    deliver(OutboxMessage.objects.get(kind="approval_requested").pk)
    operations.approve(asked, by=ivan())
    deliver(OutboxMessage.objects.get(kind="enrolled").pk)
    assert [message.to for message in mail.outbox] == [[ivan().email], [alice().email]]
    assert "I have read the book." in mail.outbox[0].body


def test_only_whom_the_section_names_approves(section, asked):
    stranger = make_user(roles=["instructor"])
    for person in (stranger, asked.student.user):
        assert refusal(operations.approve, asked, by=person) == "may_not_approve"
        assert refusal(operations.decline_approval, asked, by=person, reason="No.") == "may_not_approve"
    section.approval = "staff"
    section.save()
    asked.section.refresh_from_db()
    assert refusal(operations.approve, asked, by=ivan()) == "may_not_approve"
    assert operations.approve(asked, by=rita()).status == "registered"


def test_a_student_takes_the_request_back_by_dropping(asked):
    assert operations.drop(asked, by=asked.student.user).status == "dropped"
    assert Enrollment.objects.live().count() == 0
    assert asked.status_at <= timezone.now()
