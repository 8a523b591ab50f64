"""The deeds of this app; every door calls these."""

from students.operations.answers import accept_offer, decline_offer
from students.operations.approvals import approve, decline_approval, request_approval
from students.operations.combinations import enroll_all
from students.operations.departures import person_deactivated, release_person, section_cancelled
from students.operations.enrollment import drop, enroll, request_seat, withdraw
from students.operations.finals import complete_graded, post_finals, submit_finals
from students.operations.gates import set_self_enrollment, show_key
from students.operations.grades import change_item, create_item, enter_marks, post_item, remove_item, unpost_item
from students.operations.guardians import agree_to_guardian, end_guardianship, link_guardian, take_guardianship
from students.operations.holds import place_hold, release_hold
from students.operations.line import seat_takers, seats_changed
from students.operations.overrides import grant_override, revoke_override
from students.operations.payments import await_payment, settle_payment
from students.operations.pre_enrollments import (
    claim_seats,
    confirmed,
    drop_pre_enrollment,
    end_expired_seats,
    pre_enroll,
)
from students.operations.profiles import ensure_profile
from students.operations.records import change_profile
from students.operations.requests import decline_request, grant_request, request_override, withdraw_request
from students.operations.swaps import swap
from students.operations.sweeps import cancel_unpaid, pass_on, pass_on_lapsed, retry_lines
from students.operations.waitlist import join_waitlist, leave_waitlist, promote, promote_entry
from students.operations.warnings import warn_of_ends
from students.operations.windows import (
    change_window,
    create_window,
    lift_restriction,
    release_due,
    release_seats,
    remove_window,
    reserve_seats,
    restrict,
)

__all__ = [
    "accept_offer",
    "agree_to_guardian",
    "approve",
    "await_payment",
    "cancel_unpaid",
    "change_item",
    "change_profile",
    "change_window",
    "claim_seats",
    "complete_graded",
    "confirmed",
    "create_item",
    "create_window",
    "decline_approval",
    "decline_offer",
    "decline_request",
    "drop",
    "drop_pre_enrollment",
    "end_expired_seats",
    "end_guardianship",
    "enroll",
    "enroll_all",
    "ensure_profile",
    "enter_marks",
    "grant_override",
    "grant_request",
    "join_waitlist",
    "leave_waitlist",
    "lift_restriction",
    "link_guardian",
    "pass_on",
    "pass_on_lapsed",
    "person_deactivated",
    "place_hold",
    "post_finals",
    "post_item",
    "pre_enroll",
    "promote",
    "promote_entry",
    "release_due",
    "release_hold",
    "release_person",
    "release_seats",
    "remove_item",
    "remove_window",
    "request_approval",
    "request_override",
    "request_seat",
    "reserve_seats",
    "restrict",
    "retry_lines",
    "revoke_override",
    "seat_takers",
    "seats_changed",
    "section_cancelled",
    "set_self_enrollment",
    "settle_payment",
    "show_key",
    "submit_finals",
    "swap",
    "take_guardianship",
    "unpost_item",
    "warn_of_ends",
    "withdraw",
    "withdraw_request",
]
