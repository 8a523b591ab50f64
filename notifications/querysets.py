"""Chainable reads of messages."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    pass


class OutboxMessageQuerySet(models.QuerySet["OutboxMessage"]):
    def queued(self) -> "OutboxMessageQuerySet":
        return self.filter(state="queued")
