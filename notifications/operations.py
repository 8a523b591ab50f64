"""Write messages into the outbox and deliver them."""

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from core.errors import NotAllowed
from notifications.events import event
from notifications.guests import Guest
from notifications.mail.render import build_mail
from notifications.models import OutboxMessage
from notifications.policies import can_resend

logger = logging.getLogger(__name__)

# After this a message that was being sent when its worker died is tried again.
SENDING_TIMEOUT = timedelta(minutes=5)
MAX_ATTEMPTS = 8


def notify(
    kind: str,
    *,
    to: Any,
    about: models.Model | None = None,
    key: str = "",
    facts: dict[str, Any] | None = None,
    not_before: datetime | None = None,
) -> OutboxMessage | None:
    """Leave one message of `kind` for `to`, a person or a Guest, in the outbox; None when it is there already.

    Runs in the transaction of the deed, so that a rollback leaves neither row nor job. The message is the same one
    when kind, object, recipient and `key` are the same. `not_before` is the instant at which it may be sent. KeyError
    when no app registered the kind. Nothing goes to people who are not active.
    """
    event(kind)
    if not to.is_active:
        return None
    about_type = about._meta.label_lower if about is not None else ""
    about_id = about.pk if about is not None else None
    dedupe_key = ":".join(
        str(part) for part in (kind, about_type, about_id or "", to.pk or to.email, key) if part != ""
    )
    host = settings.SITE_URL.partition("//")[2].partition(":")[0] or "localhost"
    with transaction.atomic():
        message, created = OutboxMessage.objects.get_or_create(
            dedupe_key=dedupe_key[:200],
            defaults={
                **({"address": to.email} if isinstance(to, Guest) else {"recipient": to}),
                "kind": kind,
                "about_type": about_type,
                "about_id": about_id,
                "facts": facts or {},
                "not_before": not_before or timezone.now(),
                "message_id": f"<{uuid.uuid4()}@{host}>",
            },
        )
        if not created:
            return None
        _enqueue(message)
    return message


def _enqueue(message: OutboxMessage) -> None:
    from notifications.tasks import send_message  # the one arrow up: a deed leaves its job

    later = message.not_before if message.not_before > timezone.now() + timedelta(seconds=1) else None
    send_message.configure(schedule_at=later).defer(message_id=message.pk)


def deliver(message_id: int) -> str:
    """Send one message if it is due, still queued and still true; return the state it ends in.

    A message taken by another worker is left alone. Raises what the mail server raised, after noting it, so that the
    job is tried again; the message keeps its Message-ID, so that a repeated one can be recognised.
    """
    now = timezone.now()
    stale = models.Q(state="sending", taken_at__lt=now - SENDING_TIMEOUT)
    taken = OutboxMessage.objects.filter(
        models.Q(state="queued") | stale, pk=message_id, not_before__lte=now + timedelta(seconds=5)
    ).update(state="sending", taken_at=now, attempts=models.F("attempts") + 1)
    message = OutboxMessage.objects.select_related("recipient").filter(pk=message_id).first()
    if message is None:
        return "void"
    if not taken:
        return message.state
    try:
        return _send(message)
    except Exception as exc:
        given_up = message.attempts >= MAX_ATTEMPTS
        # The class only: the text of a mail error can hold an address.
        _finish(message, state="failed" if given_up else "queued", last_error=type(exc).__name__)
        if given_up:
            logger.error("Message %s failed for good after %s attempts", message.pk, message.attempts)
            return "failed"
        raise


def _send(message: OutboxMessage) -> str:
    """Send what is still true; what is not is kept as void."""
    definition = event(message.kind)
    about = _about(message, definition.related)
    is_gone = message.about_type and about is None
    if not message.reader.is_active or is_gone or not definition.still_true(about, message.facts):
        return _finish(message, state="void")
    build_mail(message, definition, about).send()
    return _finish(message, state="sent", sent_at=timezone.now(), last_error="")


def resend(message: OutboxMessage, *, by: Any) -> None:
    """Queue a failed message once more; one in any other state is left alone."""
    if by is not None and not can_resend(by):
        raise NotAllowed()
    with transaction.atomic():
        if OutboxMessage.objects.filter(pk=message.pk, state="failed").update(state="queued", attempts=0):
            message.not_before = timezone.now()
            _enqueue(message)


def enqueue_overdue() -> int:
    """Queue a job for each message that should have gone five minutes ago and return how many there were."""
    late = timezone.now() - SENDING_TIMEOUT
    waiting = models.Q(state="queued", not_before__lt=late) | models.Q(state="sending", taken_at__lt=late)
    messages = list(OutboxMessage.objects.filter(waiting, attempts__lt=MAX_ATTEMPTS)[:500])
    for message in messages:
        _enqueue(message)
    return len(messages)


def _about(message: OutboxMessage, related: tuple[str, ...]) -> models.Model | None:
    if not message.about_type:
        return None
    model = apps.get_model(message.about_type)
    return model._default_manager.select_related(*related).filter(pk=message.about_id).first()


def _finish(message: OutboxMessage, **fields: Any) -> str:
    OutboxMessage.objects.filter(pk=message.pk).update(**fields)
    return str(fields["state"])
