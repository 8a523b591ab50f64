"""Deeds about rooms and times."""

from scheduling.operations.changes import (
    cancel_meeting,
    cancel_pattern,
    change_pattern,
    move_meeting,
    section_cancelled,
)
from scheduling.operations.claims import ClaimRequest, move, place, release, release_expired
from scheduling.operations.clashes import accept_clashes
from scheduling.operations.closures import add_closure, move_closure, remove_closure
from scheduling.operations.patterns import expand_many, schedule_pattern
from scheduling.operations.rollover_undo import carry_out_undo, undo_rollover
from scheduling.operations.rollovers import apply_rollover, carry_out, create_rollover, preview
from scheduling.operations.rooms import change_building, change_room, create_building, create_room

__all__ = [
    "ClaimRequest",
    "accept_clashes",
    "add_closure",
    "apply_rollover",
    "cancel_meeting",
    "cancel_pattern",
    "carry_out",
    "carry_out_undo",
    "change_building",
    "change_pattern",
    "change_room",
    "create_building",
    "create_rollover",
    "create_room",
    "expand_many",
    "move",
    "move_closure",
    "move_meeting",
    "place",
    "preview",
    "release",
    "release_expired",
    "remove_closure",
    "schedule_pattern",
    "section_cancelled",
    "undo_rollover",
]
