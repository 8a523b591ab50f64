"""Each fact makes one message, and a message that is not true any more is not sent."""

from datetime import UTC, datetime

import icalendar
import pytest
from django.core import mail
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.tests.makers import make_user
from notifications import operations
from notifications.events import CalendarPart, Event
from notifications.mail import local
from notifications.models import OutboxMessage
from notifications.tests.makers import registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(settings, tmp_path):
    folder = tmp_path / "emails" / "demo"
    folder.mkdir(parents=True)
    (folder / "hello.subject.txt").write_text("Hello {{ recipient.display_name }}\nBcc: everyone@example.org")
    (folder / "hello.txt").write_text("{{ facts.word }} at {{ at|date:'H:i e' }}")
    (folder / "hello.html").write_text("<p>{{ facts.word }}</p>")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    return "emails/demo/hello"


@pytest.fixture
def hello(template):
    at = datetime(2027, 3, 8, 14, 0, tzinfo=UTC)
    with registered(Event(kind="hello", template=template, context=lambda a, r, f: {"at": at})) as event:
        yield event


@pytest.mark.row("N04")
def test_one_fact_makes_one_message_and_one_job(hello):
    alice = make_user("alice@example.org")
    first = operations.notify("hello", to=alice, about=alice, key="1", facts={"word": "hi"})
    again = operations.notify("hello", to=alice, about=alice, key="1", facts={"word": "hi"})
    assert (first is not None, again) == (True, None)
    assert OutboxMessage.objects.count() == 1
    assert ProcrastinateJob.objects.filter(args={"message_id": first.pk}).count() == 1


@pytest.mark.row("N04")
def test_a_rollback_leaves_neither_message_nor_job(hello):
    alice = make_user("alice@example.org")
    # Tests that commit leave jobs behind: a flush does not empty the library's tables.
    jobs = ProcrastinateJob.objects.count()
    with transaction.atomic():
        operations.notify("hello", to=alice)
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()
    assert ProcrastinateJob.objects.count() == jobs


@pytest.mark.row("N08", "X02")
def test_mail_has_text_and_html_in_the_readers_zone_and_no_extra_header(hello):
    alice = make_user("alice@example.org", given_name="Alice", time_zone="Asia/Kolkata")
    message = operations.notify("hello", to=alice, facts={"word": "<b>hi</b>"})
    assert operations.deliver(message.pk) == "sent"
    (sent,) = mail.outbox
    assert "\n" not in sent.subject
    assert sent.body == "<b>hi</b> at 19:30 IST\n"
    assert sent.bcc == []
    assert [kind for _content, kind in sent.alternatives] == ["text/html"]
    assert sent.extra_headers["Message-ID"] == message.message_id


@pytest.mark.row("N04")
def test_a_sent_message_is_not_sent_twice(hello):
    message = operations.notify("hello", to=make_user("alice@example.org"))
    assert [operations.deliver(message.pk), operations.deliver(message.pk)] == ["sent", "sent"]
    assert len(mail.outbox) == 1


@pytest.mark.row("N03")
def test_what_is_not_true_any_more_is_not_sent(template):
    truth = {"now": True}
    with registered(Event(kind="hello", template=template, still_true=lambda about, facts: truth["now"])):
        message = operations.notify("hello", to=make_user("alice@example.org"))
        truth["now"] = False
        assert operations.deliver(message.pk) == "void"
    assert mail.outbox == []


def test_nothing_goes_to_a_deactivated_person(hello):
    alice = make_user("alice@example.org")
    message = operations.notify("hello", to=alice)
    alice.is_active = False
    alice.save()
    assert operations.deliver(message.pk) == "void"
    assert operations.notify("hello", to=alice, key="later") is None


@pytest.mark.row("N04")
def test_a_refusing_mail_server_leaves_the_message_queued(hello, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    message = operations.notify("hello", to=make_user("alice@example.org"))
    with pytest.raises(ConnectionRefusedError):
        operations.deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == ("queued", 1, "ConnectionRefusedError")


@pytest.mark.row("K01", "K02")
def test_invitation_carries_uid_sequence_and_method(template):
    def part(about, recipient, facts):
        return CalendarPart(
            method="CANCEL", uid="abc@x", sequence=3, summary="Office hour", organizer_name="Ivan",
            organizer_email="ivan@example.org", starts_at=datetime(2027, 3, 8, 14, tzinfo=UTC),
            ends_at=datetime(2027, 3, 8, 15, tzinfo=UTC),
        )  # fmt: skip

    with registered(Event(kind="hello", template=template, calendar=part)):
        message = operations.notify("hello", to=make_user("alice@example.org"))
        operations.deliver(message.pk)
    content, kind = mail.outbox[0].alternatives[1]
    calendar = icalendar.Calendar.from_ical(content)
    (item,) = calendar.walk("VEVENT")
    assert kind == "text/calendar; method=CANCEL"
    assert (calendar["METHOD"], str(item["UID"]), item["SEQUENCE"], str(item["STATUS"])) == (
        "CANCEL", "abc@x", 3, "CANCELLED",
    )  # fmt: skip
    assert item["DTSTART"].to_ical() == b"20270308T140000Z"


@pytest.mark.row("W14")
def test_without_a_server_mail_is_a_file_and_a_page(settings, tmp_path, client, hello):
    settings.EMAIL_BACKEND = "notifications.mail.backend.LocalFileBackend"
    settings.MAIL_DIR = tmp_path / "mail"
    settings.SHOW_LOCAL_MAIL = True
    operations.deliver(operations.notify("hello", to=make_user("alice@example.org"), facts={"word": "hi"}).pk)
    (name,) = local.names()
    assert local.read(name).to == "alice@example.org"
    assert local.read("../" + name) is None


@pytest.mark.row("W14")
def test_the_mail_page_is_absent_where_a_server_is_set(settings, client):
    settings.SHOW_LOCAL_MAIL = False
    assert client.get("/mail/").status_code == 404
