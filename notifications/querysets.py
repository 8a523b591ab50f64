"""Chainable reads of messages."""

from typing import Any

from django.db import models


class OutboxMessageQuerySet(models.QuerySet[Any]):
    def queued(self) -> "OutboxMessageQuerySet":
        return self.filter(state="queued")
