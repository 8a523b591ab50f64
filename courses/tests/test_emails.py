"""Who teaches a section hears of its end."""

import pytest
from django.core import mail

from accounts.tests.makers import ivan, make_user, rita
from courses import operations
from courses.tests.makers import add_instructor, make_course, make_section
from notifications.models import OutboxMessage
from notifications.operations import deliver

pytestmark = pytest.mark.django_db


@pytest.mark.row("C03", "N08")
def test_everybody_who_teaches_is_told_once_but_not_the_one_who_cancelled():
    section = make_section(
        course=make_course("CS", "101", title="Poetry & prose"), section_number="A", instructor=ivan()
    )
    add_instructor(section, rita(), role="assistant")
    add_instructor(section, make_user("grader@example.org"), role="grader")
    operations.cancel_section(section, by=rita())
    messages = OutboxMessage.objects.filter(kind="section_cancelled")
    assert {message.recipient.email for message in messages} == {"ivan@example.org", "grader@example.org"}
    deliver(messages.get(recipient=ivan()).pk)
    [sent] = mail.outbox
    assert sent.subject == f"Class cancelled: CS 101 A, {section.term}"
    assert f"CS 101 A, Poetry & prose ({section.term}, CRN {section.crn}), which you teach, is cancelled." in sent.body
    assert f"/sections/{section.public_id}/" in sent.body
    [(html, kind)] = sent.alternatives
    assert kind == "text/html"
    assert "Poetry &amp; prose" in html
