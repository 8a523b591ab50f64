"""Chainable reads of rooms, patterns, meetings and claims."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.functions import Concat


class RoomQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "RoomQuerySet":
        """Rooms are for those who are signed in."""
        return self if user.is_authenticated else self.none()

    def with_seats(self, seats: int) -> "RoomQuerySet":
        """Rooms with at least so many seats, and those whose seats nobody knows."""
        return self.filter(models.Q(capacity__gte=seats) | models.Q(capacity=None))

    def matching(self, words: str) -> "RoomQuerySet":
        """Rooms of which every word stands in the code, the name or the building."""
        found = self
        for word in words.split()[:8]:
            found = found.filter(
                models.Q(code__icontains=word)
                | models.Q(name__icontains=word)
                | models.Q(building__code__iexact=word)
                | models.Q(building__name__icontains=word)
            )
        return found

    def named(self, text: str) -> "RoomQuerySet":
        """The room that is written like this: its building's code, and its own."""
        whole = Concat("building__code", models.Value(" "), "code")
        return self.annotate(whole=whole).filter(whole__iexact=" ".join(text.split()))


class MeetingPatternQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "MeetingPatternQuerySet":
        from courses.models import Section  # querysets name models of this app as strings only

        return self.filter(sections__in=Section.objects.visible_to(user)).distinct()


class MeetingQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "MeetingQuerySet":
        """Meetings of the sections that `user` may see."""
        patterns = apps.get_model("scheduling", "MeetingPattern").objects.visible_to(user)
        return self.filter(pattern__in=patterns.values("pk"))

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


class RolloverQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> "RolloverQuerySet":
        """All of them for those who plan sections and their meetings."""
        may = user.is_authenticated and user.has_perms(["courses.edit_any_section", "scheduling.edit_meetings"])
        return self if may else self.none()
