"""Chainable reads of rooms, patterns, meetings and claims."""

from datetime import datetime
from typing import Any

from django.db import models


class RoomQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "RoomQuerySet":
        """Rooms are for those who are signed in."""
        return self if user.is_authenticated else self.none()


class MeetingPatternQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "MeetingPatternQuerySet":
        from courses.models import Section  # querysets name models of this app as strings only

        return self.filter(sections__in=Section.objects.visible_to(user)).distinct()


class MeetingQuerySet(models.QuerySet[Any]):
    def standing(self) -> "MeetingQuerySet":
        return self.exclude(status="cancelled")

    def within(self, starts_at: datetime, ends_at: datetime) -> "MeetingQuerySet":
        """Meetings that touch the half-open interval."""
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)


class ClaimQuerySet(models.QuerySet[Any]):
    def live(self, now: datetime) -> "ClaimQuerySet":
        return self.filter(active=True).exclude(expires_at__lte=now)

    def within(self, starts_at: datetime, ends_at: datetime) -> "ClaimQuerySet":
        return self.filter(during__overlap=(starts_at, ends_at))
