"""The deeds of office hours. Sessions and appointments are written here and nowhere else."""

from appointments.operations.availability import (
    add_override,
    change_schedule,
    ensure_schedule,
    remove_override,
    set_weekly_hours,
)
from appointments.operations.bookings import book, cancel, cancel_for_departed, move
from appointments.operations.departures import person_deactivated, release_person
from appointments.operations.requests import approve, decline, lapse_due
from appointments.operations.restoring import restore
from appointments.operations.types import archive_type, change_type, create_type, offer_again

__all__ = [
    "add_override",
    "approve",
    "archive_type",
    "book",
    "cancel",
    "cancel_for_departed",
    "change_schedule",
    "change_type",
    "create_type",
    "decline",
    "ensure_schedule",
    "lapse_due",
    "move",
    "offer_again",
    "person_deactivated",
    "release_person",
    "remove_override",
    "restore",
    "set_weekly_hours",
]
