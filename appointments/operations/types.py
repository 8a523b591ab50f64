"""Offer, change and withdraw kinds of appointments."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from appointments.errors import MayNotHost
from appointments.models import AppointmentType
from appointments.operations.availability import ensure_schedule
from appointments.policies import can_host
from core.locks import lock
from courses.models import Section


def _ask(by: Any, host: Any) -> None:
    if by is not None and not can_host(by, host):
        raise MayNotHost()


@transaction.atomic
def create_type(host: Any, *, by: Any, sections: Iterable[Section] = (), **fields: Any) -> AppointmentType:
    """Offer a new kind of appointment of `host` and return it.

    Uses the host's first schedule unless one is given. Raises ValidationError where the fields do not fit together.
    """
    _ask(by, host)
    (host,) = lock(host)
    schedule = fields.pop("schedule", None) or ensure_schedule(host, by=by)
    if schedule.host_id != host.pk:
        raise MayNotHost()
    type = AppointmentType(host=host, schedule=schedule, **fields)
    type.full_clean()
    type.save()
    type.sections.set(sections)
    return type


@transaction.atomic
def change_type(
    type: AppointmentType, *, by: Any, sections: Iterable[Section] | None = None, **fields: Any
) -> AppointmentType:
    """Change the rules of a type; what is booked already stays as it was booked."""
    _ask(by, type.host)
    (host,) = lock(type.host)
    type = AppointmentType.objects.get(pk=type.pk)
    for name, value in fields.items():
        setattr(type, name, value)
    if type.schedule.host_id != host.pk or type.host_id != host.pk:
        raise MayNotHost()
    type.full_clean()
    type.save()
    if sections is not None:
        type.sections.set(sections)
    return type


@transaction.atomic
def archive_type(type: AppointmentType, *, by: Any) -> AppointmentType:
    """Offer the type no more; bookings that stand keep standing. Twice is harmless."""
    _ask(by, type.host)
    lock(type.host)
    type.status = AppointmentType.Status.ARCHIVED
    type.save(update_fields=["status"])
    return type


@transaction.atomic
def offer_again(type: AppointmentType, *, by: Any) -> AppointmentType:
    """Offer an archived type again, with its rules as they are. Twice is harmless."""
    _ask(by, type.host)
    lock(type.host)
    type.status = AppointmentType.Status.ACTIVE
    type.save(update_fields=["status"])
    return type
