"""Deeds about rooms and times."""

from scheduling.operations.changes import cancel_meeting, cancel_pattern, change_pattern, move_meeting
from scheduling.operations.claims import ClaimRequest, move, place, release, release_expired
from scheduling.operations.closures import add_closure, move_closure, remove_closure
from scheduling.operations.patterns import expand_many, schedule_pattern

__all__ = [
    "ClaimRequest",
    "add_closure",
    "cancel_meeting",
    "cancel_pattern",
    "change_pattern",
    "expand_many",
    "move",
    "move_closure",
    "move_meeting",
    "place",
    "release",
    "release_expired",
    "remove_closure",
    "schedule_pattern",
]
