"""Chainable reads of data requests."""

from typing import Any

from django.db import models


class DataRequestQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "DataRequestQuerySet":
        """One's own; all for those who decide."""
        if not user.is_authenticated:
            return self.none()
        return self if user.has_perm("coursemgmt.decide_data_requests") else self.filter(subject=user)
