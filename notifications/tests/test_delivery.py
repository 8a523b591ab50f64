"""Mail on its way: a real server, one that refuses, jobs of workers that died, and the page of the outbox."""

import email
import socket
import subprocess
import sys
from email import policy

import pytest
from aiosmtpd.controller import Controller
from asgiref.sync import async_to_sync
from django.conf import settings as site
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.tests.makers import adam, alice, make_user, rita
from core.errors import NotAllowed
from notifications import operations, tasks
from notifications.models import OutboxMessage
from notifications.tests.makers import hello_template, registered


class Inbox:
    """The handler of a mail server that keeps what it gets, or refuses it."""

    def __init__(self, refusal=""):
        self.refusal, self.got = refusal, []

    async def handle_DATA(self, server, session, envelope):
        if self.refusal:
            return self.refusal
        self.got.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def hello(settings, tmp_path):
    with registered(hello_template(settings, tmp_path)) as event:
        yield event


@pytest.fixture
def server(settings):
    """Return a function that starts a mail server with this refusal and points the settings to it."""
    running = []

    def start(refusal=""):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Controller(Inbox(refusal), hostname="127.0.0.1", port=port)
        controller.start()
        running.append(controller)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
        return controller.handler

    yield start
    for controller in running:
        controller.stop()


@pytest.mark.row("W14", "N08")
@pytest.mark.django_db
def test_a_message_arrives_at_a_real_mail_server_as_text_and_html(hello, server):
    inbox = server()
    message = operations.notify("hello", to=alice(), facts={"word": "Grüße"})
    assert operations.deliver(message.pk) == "sent"
    ((to, raw),) = inbox.got
    got = email.message_from_bytes(raw, policy=policy.default)
    assert to == ["alice@example.org"]
    assert (got["Message-ID"], got["Subject"]) == (message.message_id, "Hello Alice Example")
    assert [part.get_content_type() for part in got.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert got.get_body(("plain",)).get_content().strip() == "Grüße"


@pytest.mark.row("W14", "N04")
@pytest.mark.django_db
def test_a_server_that_refuses_for_ever_leaves_the_message_failed_and_staff_send_it_again(hello, server, client):
    server("451 Try later")
    message = operations.notify("hello", to=alice())
    for _attempt in range(operations.MAX_ATTEMPTS - 1):
        with pytest.raises(Exception, match="Try later"):
            operations.deliver(message.pk)
    assert operations.deliver(message.pk) == "failed"
    client.force_login(adam())
    outbox = reverse("admin:notifications_outboxmessage_changelist")
    page = client.get(outbox + "?state=failed")
    assert "SMTPDataError" in page.text
    inbox = server()
    client.post(outbox, {"action": "resend", "_selected_action": [message.pk]})
    assert operations.deliver(message.pk) == "sent"
    assert len(inbox.got) == 1


@pytest.mark.django_db
def test_the_outbox_is_for_administrators_and_shows_no_body(hello, client):
    message = operations.notify("hello", to=alice(), facts={"word": "Private matter"})
    one = reverse("admin:notifications_outboxmessage_change", args=[message.pk])
    client.force_login(rita())
    assert client.get(one).status_code == 403
    client.force_login(adam())
    page = client.get(one)
    assert (page.status_code, "Private matter" in page.text) == (200, False)
    outbox = reverse("admin:notifications_outboxmessage_changelist")
    assert client.get(outbox + "?facts__word__startswith=P").status_code == 400
    with pytest.raises(NotAllowed):
        operations.resend(message, by=rita())


@pytest.mark.row("N04")
@pytest.mark.django_db
def test_a_message_that_cannot_be_written_is_failed_in_the_end_and_not_lost(settings, tmp_path):
    def broken(about, facts):
        raise ValueError("bug")

    with registered(hello_template(settings, tmp_path, still_true=broken)):
        message = operations.notify("hello", to=make_user())
        for _attempt in range(operations.MAX_ATTEMPTS - 1):
            with pytest.raises(ValueError, match="bug"):
                operations.deliver(message.pk)
        assert operations.deliver(message.pk) == "failed"
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("failed", "ValueError")


@pytest.mark.row("N04")
@pytest.mark.django_db
def test_a_message_of_a_worker_that_died_is_taken_up_again(hello):
    message = operations.notify("hello", to=alice())
    long_ago = timezone.now() - 2 * operations.SENDING_TIMEOUT
    OutboxMessage.objects.filter(pk=message.pk).update(state="sending", taken_at=long_ago, attempts=1)
    before = ProcrastinateJob.objects.count()
    assert operations.enqueue_overdue() == 1
    assert ProcrastinateJob.objects.count() == before + 1
    assert operations.deliver(message.pk) == "sent"


@pytest.mark.row("N04")
@pytest.mark.django_db(transaction=True)
def test_the_job_of_a_worker_that_died_runs_again(hello):
    message = operations.notify("hello", to=make_user())
    job = ProcrastinateJob.objects.get(args={"message_id": message.pk})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        )
        worker = cursor.fetchone()[0]
        cursor.execute("UPDATE procrastinate_jobs SET status='doing', worker_id=%s WHERE id=%s", [worker, job.pk])

    class Context:
        class job:
            id = 0

    async_to_sync(tasks.retry_stalled.func)(Context, 0)
    job.refresh_from_db()
    assert job.status == "todo"


@pytest.mark.row("W14")
@pytest.mark.parametrize(("host", "backend"), [("mail.example.edu", "smtp.EmailBackend"), ("", "LocalFileBackend")])
def test_the_environment_chooses_the_mail_server(host, backend):
    environ = {"DEBUG": "true", "PATH": "/usr/bin:/bin"} | ({"EMAIL_HOST": host} if host else {})
    code = "from coursemgmt import settings as s; print(s.EMAIL_BACKEND, s.SHOW_LOCAL_MAIL, s.EMAIL_HOST)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, cwd=site.BASE_DIR, check=True
    )
    chosen, shown, told = done.stdout.rstrip("\n").split(" ")
    assert (chosen.endswith(backend), shown, told) == (True, str(not host), host)


@pytest.mark.row("W14")
@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "587 True False"),
        ({"EMAIL_USE_SSL": "true"}, "465 False True"),
        ({"EMAIL_USE_TLS": "false", "EMAIL_PORT": "25"}, "25 False False"),
        ({"EMAIL_USE_SSL": "true", "EMAIL_USE_TLS": "true"}, "Set EMAIL_USE_SSL or EMAIL_USE_TLS, not both."),
    ],
)
def test_the_environment_chooses_how_the_connection_is_kept_secret(environ, said):
    code = "from coursemgmt import settings as s; print(s.EMAIL_PORT, s.EMAIL_USE_TLS, s.EMAIL_USE_SSL)"
    environ = {"DEBUG": "true", "EMAIL_HOST": "mail.example.edu", "PATH": "/usr/bin:/bin"} | environ
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, cwd=site.BASE_DIR)
    assert (done.stdout.strip() or done.stderr.strip().splitlines()[-1]).endswith(said)


@pytest.mark.row("W14")
@pytest.mark.django_db
def test_the_local_page_shows_every_part_and_runs_nothing(hello, settings, tmp_path, client):
    settings.EMAIL_BACKEND = "notifications.mail.backend.LocalFileBackend"
    settings.MAIL_DIR, settings.SHOW_LOCAL_MAIL = tmp_path / "mail", True
    operations.deliver(operations.notify("hello", to=alice(), facts={"word": "<script>alert(1)</script>"}).pk)
    (name,) = [path.stem for path in (tmp_path / "mail").iterdir()]
    page = client.get(reverse("notifications:local_mail_list"))
    assert "Hello Alice Example" in page.text
    assert page.context["mails"][0].sent_at.utcoffset() is not None
    page = client.get(reverse("notifications:local_mail_detail", args=[name])).text
    assert "&lt;script&gt;alert" in page
    part = client.get(reverse("notifications:local_mail_html", args=[name]))
    assert part["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    for odd in ("..%2Fsettings", "x", name + "x", "0-00000000"):
        assert client.get(f"/mail/{odd}/").status_code == 404
