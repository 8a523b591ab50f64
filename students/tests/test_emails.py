"""The messages about seats: what they say as text and HTML, and that they are still true."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.tests.makers import alice, rita
from courses.operations import cancel_section
from notifications.models import OutboxMessage
from notifications.operations import deliver
from students import operations
from students.tests.makers import make_course_entry, make_open_section, make_open_term, make_student, meet

pytestmark = pytest.mark.django_db


def sent(kind):
    """Deliver the newest message of this kind and return its text and HTML, both with all lines as one."""
    deliver(OutboxMessage.objects.filter(kind=kind).latest("pk").pk)
    message = mail.outbox[-1]
    html = message.alternatives[0][0]
    return message.subject, " ".join(message.body.split()), " ".join(html.split())


@pytest.fixture
def section():
    term = make_open_term(name="Autumn", drop_deadline=datetime(2031, 10, 1, 4, tzinfo=UTC))
    course = make_course_entry("CSE 21", title="Sets & graphs")
    found = make_open_section(capacity=1, term=term, course=course, section_number="B00", crn="90001")
    meet(found)
    return found


@pytest.mark.row("N08")
def test_the_mail_of_a_new_seat_names_the_class_its_times_and_the_last_moment_to_drop(section):
    operations.enroll(make_student(user=alice()), section, by=None)
    subject, text, html = sent("enrolled")
    assert subject == "Enrolled: CSE 21 B00, Sets & graphs"
    for words in (
        "You have a seat.",
        "(Autumn, CRN 90001)",
        "Mon 09:00\N{EN DASH}10:00",
        f"/classes/{section.public_id}/",
        "without a trace until",
    ):
        assert words in text
    assert "Sets & graphs" in text
    assert "Sets &amp; graphs" in html
    assert "You have a seat." in html


@pytest.mark.row("E08", "N08")
def test_the_mail_of_a_place_in_line_says_which(section):
    operations.enroll(make_student(), section, by=None)
    operations.join_waitlist(make_student(), section, by=None)
    operations.join_waitlist(make_student(user=alice()), section, by=None)
    subject, text, html = sent("waitlisted")
    assert subject == "In line: CSE 21 B00, Sets & graphs"
    assert "You are in line, 2 of 2." in text
    assert "You are in line, 2 of 2." in html


@pytest.mark.row("N08")
def test_the_mail_of_a_promotion_says_that_it_was_ones_turn(section):
    enrolled = operations.enroll(make_student(), section, by=None)
    operations.join_waitlist(make_student(user=alice()), section, by=None)
    operations.drop(enrolled, by=None)
    subject, text, _html = sent("promoted")
    assert subject == "You have a seat: CSE 21 B00, Sets & graphs"
    assert "it was your turn: you are enrolled." in text


@pytest.mark.row("N03")
@pytest.mark.parametrize(
    ("deed", "words"),
    [("drop", "has ended and the seat is given up"), ("withdraw", "stays on your record as withdrawn")],
)
def test_the_mail_of_an_end_tells_a_drop_from_a_withdrawal_and_the_reason(section, deed, words):
    enrolled = operations.enroll(make_student(user=alice()), section, by=None)
    getattr(operations, deed)(enrolled, by=rita(), reason="Asked by phone")
    subject, text, html = sent("dropped")
    assert subject == "Enrollment ended: CSE 21 B00, Sets & graphs"
    for found in (text, html):
        assert words in found
        assert "Reason: Asked by phone" in found
    before = len(mail.outbox)
    deliver(OutboxMessage.objects.get(kind="enrolled").pk)
    assert len(mail.outbox) == before


def test_without_a_deadline_nothing_is_said_of_it():
    section = make_open_section(term=make_open_term(start_date=timezone.localdate() - timedelta(days=1)))
    operations.enroll(make_student(), section, by=None)
    assert "without a trace" not in sent("enrolled")[1]


@pytest.mark.row("N03", "P17")
def test_who_is_taken_out_of_a_line_is_told_why_and_who_leaves_it_is_not(section):
    operations.enroll(make_student(), section, by=None)
    entry = operations.join_waitlist(make_student(user=alice()), section, by=None)
    operations.leave_waitlist(entry, by=rita(), reason="Asked by phone")
    subject, text, html = sent("line_left")
    assert subject == "No longer in line: CSE 21 B00, Sets & graphs"
    for found in (text, html):
        assert "You are no longer in line for this class." in found
        assert "Reason: Asked by phone" in found
    again = operations.join_waitlist(entry.student, section, by=None)
    operations.leave_waitlist(again, by=alice())
    assert OutboxMessage.objects.filter(kind="line_left").count() == 1


@pytest.mark.row("N03")
def test_a_cancelled_class_tells_the_enrolled_and_those_in_line(section):
    operations.enroll(make_student(), section, by=None)
    operations.join_waitlist(make_student(user=alice()), section, by=None)
    cancel_section(section, by=rita())
    assert "The class is cancelled, so your enrollment has ended." in sent("dropped")[1]
    assert "The class is cancelled, so its line is closed." in sent("line_left")[1]
