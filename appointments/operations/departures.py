"""What happens to the appointments of somebody whose account is closed."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from appointments.models import Appointment
from appointments.operations.bookings import cancel_for_departed
from appointments.queries.booking import upcoming
from core.errors import DomainError


def release_person(user: Any) -> None:
    """Cancel every coming appointment to which `user` is a party. Each is a deed of its own; twice is harmless."""
    own = Appointment.objects.filter(Q(student=user) | Q(session__host=user)).select_related("session__host", "student")
    for appointment in upcoming(own, timezone.now()):
        try:
            cancel_for_departed(appointment, user)
        except DomainError:  # over in the meantime, which is what was wanted
            continue


def person_deactivated(user: Any) -> None:
    """Leave a job that cancels: the person's row is locked already, and the other sides come first."""
    from appointments.tasks import release_appointments  # the one arrow up: a deed leaves its job

    release_appointments.defer(user_id=user.pk)
