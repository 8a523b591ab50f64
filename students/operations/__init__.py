"""The deeds of this app; every door calls these."""

from students.operations.departures import person_deactivated, release_person, section_cancelled
from students.operations.enrollment import drop, enroll, request_seat, withdraw
from students.operations.overrides import grant_override, revoke_override
from students.operations.profiles import ensure_profile
from students.operations.waitlist import join_waitlist, leave_waitlist, promote, promote_entry, seats_changed

__all__ = [
    "drop",
    "enroll",
    "ensure_profile",
    "grant_override",
    "join_waitlist",
    "leave_waitlist",
    "person_deactivated",
    "promote",
    "promote_entry",
    "release_person",
    "request_seat",
    "revoke_override",
    "seats_changed",
    "section_cancelled",
    "withdraw",
]
