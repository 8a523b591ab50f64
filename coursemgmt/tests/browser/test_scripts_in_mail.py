"""A real browser shows every mail with hostile text in every field: nothing runs."""

import pytest

from appointments.tests.test_mail_links import mails_of_the_outbox
from coursemgmt.tests.browser.test_scripts import Screen
from coursemgmt.tests.payloads import fill
from notifications.events import event
from notifications.mail.render import build_mail
from notifications.models import OutboxMessage
from notifications.operations import _about

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.row("R76")]


def test_no_text_runs_in_a_mail(chromium):
    mails_of_the_outbox()
    fill(25)
    screen, wrong, parts = Screen(chromium, {}), {}, 0
    for message in OutboxMessage.objects.select_related("recipient"):
        definition = event(message.kind)
        for part in build_mail(message, definition, _about(message, definition.related)).alternatives:
            parts += part.mimetype == "text/html"
            if part.mimetype == "text/html" and (heard := screen.show_mail(part.content)):
                wrong[message.kind] = heard
    screen.close()
    assert wrong == {}
    assert parts > 10
