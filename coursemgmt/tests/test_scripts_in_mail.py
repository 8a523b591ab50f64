"""Text stays text in the mails that quote it."""

import pytest

from appointments.tests.test_mail_links import mails_of_the_outbox
from coursemgmt.tests.payloads import fill, live
from notifications.events import event
from notifications.mail.render import build_mail
from notifications.models import OutboxMessage
from notifications.operations import _about

pytestmark = [pytest.mark.django_db, pytest.mark.row("R76")]


def test_no_mail_makes_script_of_text(django_capture_on_commit_callbacks):
    mails_of_the_outbox()
    fill(25)
    wrong, parts = [], 0
    for message in OutboxMessage.objects.select_related("recipient"):
        definition = event(message.kind)
        mail = build_mail(message, definition, _about(message, definition.related))
        assert "\n" not in mail.subject
        for alternative in mail.alternatives:
            if alternative.mimetype == "text/html":
                parts += 1
                wrong += [(message.kind, one) for one in live(alternative.content)]
    assert wrong == []
    assert parts > 10
