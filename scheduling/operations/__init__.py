"""Deeds about rooms and times."""

from scheduling.operations.claims import ClaimRequest, place, release, release_expired
from scheduling.operations.patterns import (
    add_closure,
    cancel_meeting,
    cancel_pattern,
    expand_many,
    schedule_pattern,
)

__all__ = [
    "ClaimRequest",
    "add_closure",
    "cancel_meeting",
    "cancel_pattern",
    "expand_many",
    "place",
    "release",
    "release_expired",
    "schedule_pattern",
]
