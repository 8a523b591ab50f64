"""Messages that must arrive once."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.guests import Guest
from notifications.querysets import OutboxMessageQuerySet


class OutboxMessage(models.Model):
    """One message to one person about one fact, written in the transaction of that fact."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        VOID = "void", _("Not true any more")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dedupe_key = models.CharField(max_length=200, unique=True)
    # One of the two: a person, or the address of somebody who has no account yet.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="outbox_messages"
    )
    address = models.EmailField(blank=True)
    kind = models.CharField(max_length=60)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True, blank=True)
    facts = models.JSONField(default=dict)
    not_before = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OutboxMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [("view_outbox", "Can see what is queued and what failed")]
        indexes = [models.Index(fields=["state", "not_before"], name="notifications_outbox_due")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(recipient__isnull=False, address="")
                | models.Q(recipient__isnull=True) & ~models.Q(address=""),
                name="notifications_outbox_one_reader",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.state}"

    @property
    def reader(self) -> Any:
        """The person, or a guest who stands for the address."""
        return self.recipient or Guest(self.address)
