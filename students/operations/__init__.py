"""The deeds of this app; every door calls these."""

from students.operations.departures import person_deactivated, release_person, section_cancelled
from students.operations.enrollment import drop, enroll, request_seat, withdraw
from students.operations.finals import complete_graded, post_finals, submit_finals
from students.operations.grades import change_item, create_item, enter_marks, post_item, remove_item, unpost_item
from students.operations.overrides import grant_override, revoke_override
from students.operations.profiles import ensure_profile
from students.operations.records import change_profile
from students.operations.requests import decline_request, grant_request, request_override, withdraw_request
from students.operations.waitlist import (
    join_waitlist,
    leave_waitlist,
    promote,
    promote_entry,
    seat_takers,
    seats_changed,
)

__all__ = [
    "change_item",
    "change_profile",
    "complete_graded",
    "create_item",
    "decline_request",
    "drop",
    "enroll",
    "ensure_profile",
    "enter_marks",
    "grant_override",
    "grant_request",
    "join_waitlist",
    "leave_waitlist",
    "person_deactivated",
    "post_finals",
    "post_item",
    "promote",
    "promote_entry",
    "release_person",
    "remove_item",
    "request_override",
    "request_seat",
    "revoke_override",
    "seat_takers",
    "seats_changed",
    "section_cancelled",
    "submit_finals",
    "unpost_item",
    "withdraw",
    "withdraw_request",
]
