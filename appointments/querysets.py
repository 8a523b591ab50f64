"""Chainable reads of office hours and bookings."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from appointments.models import Appointment, AppointmentType, Session  # noqa: F401 named in strings below


class AppointmentTypeQuerySet(models.QuerySet["AppointmentType"]):
    def visible_to(self, user: Any) -> "AppointmentTypeQuerySet":
        """Active types for everyone who is signed in; one's own in any state."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(status="active", host__is_active=True) | Q(host=user))


class SessionQuerySet(models.QuerySet["Session"]):
    def standing(self) -> "SessionQuerySet":
        return self.exclude(status="cancelled")


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def visible_to(self, user: Any) -> "AppointmentQuerySet":
        """An appointment is for its parties only; staff who may cancel any see it too."""
        if not user.is_authenticated:
            return self.none()
        if user.has_perm("appointments.cancel_any_appointment"):
            return self
        return self.filter(Q(student=user) | Q(session__host=user))

    def pending(self, now: datetime) -> "AppointmentQuerySet":
        """Requests that the host can still answer."""
        return self.filter(status="pending", hold_expires_at__gt=now)

    def lapsed(self, now: datetime) -> "AppointmentQuerySet":
        """Holds and requests that have run out and are not written down as such yet."""
        return self.filter(status__in=["held", "pending"], hold_expires_at__lte=now)

    def holding(self, now: datetime) -> "AppointmentQuerySet":
        """Appointments that take a seat and the student's time."""
        return self.filter(Q(status="confirmed") | Q(status__in=["held", "pending"], hold_expires_at__gt=now))
