"""What tokens may do: which scopes a person can give a token, and which of them each operation of the API asks for.

An operation is the name of its address and its method. One that is not listed answers no token.
"""

from typing import Any

from accounts.queries import must_set_up_factor
from courses.models import SectionInstructor

ANYBODY = frozenset({"any"})
# A token whose part in an operation is one of these alone reads and changes what is its owner's, nothing else.
OWN = frozenset({"read:self", "write:self", "write:enrollment", "write:appointment"})
TEACHING = {"read:section", "grade:read", "grade:write", "grade:finalize"}
# In which context a scope lets its owner act; the others are for the owner's own rows, and the office's for all.
CONTEXTS = {**dict.fromkeys(TEACHING, "section"), "read:advisee": "advisee"}
# Never in a personal token: what cannot be taken back is done by a person who signed in.
SIGNED_IN_ONLY = frozenset({"grade:finalize"})

LABELS = {
    "read:self": "Read what is mine: profile, classes, posted grades, appointments",
    "write:self": "Change my profile and my calendar feed",
    "write:enrollment": "Enroll, drop and wait in line for me",
    "write:appointment": "Book and cancel for me, keep my office hours",
    "read:section": "Read the rosters of the sections I teach",
    "grade:read": "Read scores and grades of the sections I grade",
    "grade:write": "Enter scores and grades of the sections I grade",
    "grade:finalize": "Post final grades",
    "read:advisee": "Read the records of the students I advise",
    "staff:read": "Read what the course office reads",
    "staff:write": "Do what the course office does",
}


def scopes_of(user: Any) -> set[str]:
    """Return the scopes that this person can give a token now."""
    roles = {group.name for group in user.groups.all()}
    found = {"read:self", "write:self"}
    if "student" in roles:
        found |= {"write:enrollment", "write:appointment"}
    own = list(SectionInstructor.objects.filter(instructor=user))
    if "instructor" in roles or any(row.grades for row in own):
        found |= {"write:appointment"} | TEACHING
    elif own:
        found |= {"write:appointment", "read:section"}
    if "advisor" in roles:
        found |= {"write:appointment", "read:advisee"}
    if user.is_staff and not must_set_up_factor(user):
        found |= {"staff:read", "staff:write", "write:appointment"}
    return found


def _each(names: str, methods: str, scopes: str) -> dict[str, frozenset[str]]:
    asked = frozenset(scopes.split())
    return {f"{name} {method}": asked for name in names.split() for method in methods.split()}


OPERATIONS: dict[str, frozenset[str]] = {
    # The catalogue, rooms and weeks without names.
    **_each("api_schema api_docs", "GET", "any"),
    **_each(
        "api_class-list api_class-detail api_term-list api_term-detail api_subject-list api_subject-detail",
        "GET",
        "any",
    ),
    **_each("api_course-list api_course-detail api_section-list api_section-detail", "GET", "any"),
    **_each("api_building-list api_building-detail api_room-list api_room-detail", "GET", "any"),
    **_each("api_closure-list api_closure-detail api_pattern-list api_pattern-detail", "GET", "any"),
    **_each("api_meeting-list api_meeting-detail api_program-list api_program-detail", "GET", "any"),
    **_each("api_room_timetable api_section_timetable", "GET", "any"),
    **_each("api-appointment-type-list api-appointment-type-detail api-appointment-type-slots", "GET", "any"),
    # One's own account, week, records and appointments.
    **_each("api_me api-timetable api-feed api_alternatives api_plans api_progress", "GET", "read:self"),
    **_each("api-availability api-availability-override-list", "GET", "read:self"),
    **_each("api_me", "PATCH", "write:self"),
    **_each("api-feed", "POST DELETE", "write:self"),
    **_each("api-appointment-list api-appointment-detail", "GET", "read:self staff:read"),
    **_each("api_override-list api_override-detail api_registration_check", "GET", "read:self read:advisee staff:read"),
    **_each("api_student-list api_student-detail api_student-progress", "GET", "read:self read:advisee staff:read"),
    **_each("api_person_timetable api_student_timetable", "GET", "read:self read:advisee staff:read"),
    **_each("api_student-detail", "PATCH", "write:self staff:write"),
    **_each("api_data_request-list api_data_request-detail", "GET", "read:self staff:read"),
    # Seats.
    **_each(
        "api_enrollment-list api_enrollment-detail api_enrollment-history",
        "GET",
        "read:self read:section read:advisee staff:read",
    ),
    **_each("api_enrollment-grades", "GET", "read:self grade:read read:advisee staff:read"),
    **_each(
        "api_waitlist_entry-list api_waitlist_entry-detail api_waitlist_entry-history",
        "GET",
        "read:self read:section read:advisee staff:read",
    ),
    **_each("api_enrollment-list api_enrollment-drop api_enrollment-withdraw", "POST", "write:enrollment staff:write"),
    **_each("api_waitlist_entry-list api_waitlist_entry-leave", "POST", "write:enrollment staff:write"),
    **_each("api_enrollment-swap", "POST", "write:enrollment staff:write"),
    **_each("api_waitlist_entry-accept api_waitlist_entry-decline", "POST", "write:enrollment staff:write"),
    **_each("api_section_ledger", "GET", "any"),
    **_each("api_request_seat", "POST", "write:enrollment staff:write"),
    **_each("api_waitlist_entry-promote api_override-list api_override-revoke", "POST", "staff:write"),
    **_each("api_override_request-list api_override_request-detail", "GET", "read:self read:section staff:read"),
    **_each("api_override_request-list api_override_request-withdraw", "POST", "write:enrollment staff:write"),
    **_each("api_override_request-grant api_override_request-decline", "POST", "staff:write"),
    **_each("api_registration api_hold-list api_hold-detail", "GET", "read:self read:advisee staff:read"),
    **_each("api_registration_window-list api_registration_window-detail", "GET", "any"),
    **_each("api_restriction-list api_restriction-detail", "GET", "any"),
    **_each("api_seat_reservation-list api_seat_reservation-detail", "GET", "any"),
    **_each("api_enrollment-together api_request_approval", "POST", "write:enrollment staff:write"),
    **_each("api_enrollment-approve api_enrollment-decline", "POST", "staff:write"),
    **_each("api_section_key", "POST", "write:enrollment"),
    **_each("api_self_enrollment api_pre_enrollment-list api_pre_enrollment-detail", "GET", "staff:read"),
    **_each("api_pre_enrollment-list api_pre_enrollment-drop", "POST", "staff:write"),
    **_each("api_self_enrollment", "PUT", "staff:write"),
    **_each("api_enrollment-await-payment api_enrollment-settle", "POST", "staff:write"),
    **_each("api_hold-list api_hold-release api_registration_window-list", "POST", "staff:write"),
    **_each("api_restriction-list api_seat_reservation-list api_seat_reservation-release", "POST", "staff:write"),
    **_each("api_registration_window-detail", "PATCH DELETE", "staff:write"),
    **_each("api_restriction-detail", "DELETE", "staff:write"),
    # Office hours.
    **_each(
        "api-appointment-list api-appointment-cancel api-appointment-move", "POST", "write:appointment staff:write"
    ),
    **_each("api-appointment-approve api-appointment-decline", "POST", "write:appointment"),
    **_each("api-appointment-restore", "POST", "write:appointment staff:write"),
    **_each("api-appointment-type-list api-appointment-type-offer", "POST", "write:appointment"),
    **_each("api-appointment-type-archive api-availability-override-list", "POST", "write:appointment"),
    **_each("api-appointment-type-detail", "PATCH", "write:appointment"),
    **_each("api-availability", "PUT", "write:appointment"),
    **_each("api-availability-override-detail", "DELETE", "write:appointment"),
    # Rosters and grades of one's sections.
    **_each("api_roster", "GET", "read:section staff:read"),
    **_each("api_grade_item-list api_grade_item-detail api_scores api_final_grades", "GET", "grade:read staff:read"),
    **_each("api_grade_item-list api_grade_item-post-item api_grade_item-unpost", "POST", "grade:write"),
    **_each("api_grade_item-detail", "PATCH DELETE", "grade:write"),
    **_each("api_scores api_final_grades", "PUT", "grade:write"),
    **_each("api_final_grades_post", "POST", "grade:finalize"),
    # The course office.
    **_each("api_person-list api_person-detail api_clash_list", "GET", "staff:read"),
    **_each("api_clash_accept", "POST", "staff:write"),
    **_each("api_import-list api_import-detail api_import-rows", "GET", "staff:read"),
    **_each("api_import-list api_import-apply api_import-undo", "POST", "staff:write"),
    **_each("api_rollover-list api_rollover-detail api_rollover-lines", "GET", "staff:read"),
    **_each("api_rollover-list api_rollover-apply api_rollover-undo", "POST", "staff:write"),
    **_each("api_invitation-list api_invitation-detail", "GET", "staff:read"),
    # No token gives a role: whoever invites is signed in.
    **_each("api_invitation-list api_invitation-resend api_invitation-revoke", "POST", ""),
    **_each("api_building-list api_room-list api_closure-list api_closure-move", "POST", "staff:write"),
    **_each("api_pattern-list api_pattern-end api_meeting-cancel api_meeting-move", "POST", "staff:write"),
    **_each(
        "api_course-list api_course-archive api_course-publish api_subject-list api_term-list", "POST", "staff:write"
    ),
    **_each("api_section-list api_section-open api_section-close api_section-cancel", "POST", "staff:write"),
    **_each("api_section-complete api_section-restore api_course-restore", "POST", "staff:write"),
    # Who advises whom is read; roles of any kind are given by somebody who signed in, by no token.
    **_each("api_advisor_assignment-list api_advisor_assignment-detail", "GET", "read:self read:advisee staff:read"),
    **_each("api_advisor_assignment-list api_advisor_assignment-end", "POST", ""),
    # Who reads along is read too, and said by somebody who signed in.
    **_each("api_guardianship-list api_guardianship-detail", "GET", "read:self staff:read"),
    **_each("api_guardianship-list api_guardianship-agree api_guardianship-take api_guardianship-end", "POST", ""),
    # Who helps to teach is read with the roster; a token of one who teaches names nobody.
    **_each("api_assistant-list", "GET", "read:section staff:read"),
    **_each("api_assistant-list", "POST", "staff:write"),
    **_each("api_assistant-detail", "PATCH DELETE", "staff:write"),
    **_each("api_section-cross-listing", "POST PATCH DELETE", "staff:write"),
    **_each("api_course-requirements api_section-requirements api_section-instructors", "PUT", "staff:write"),
    **_each("api_building-detail api_room-detail api_pattern-detail", "PATCH", "staff:write"),
    **_each("api_course-detail api_section-detail api_subject-detail api_term-detail", "PATCH", "staff:write"),
    **_each("api_closure-detail", "DELETE", "staff:write"),
}

# How rows say whose they are, for tokens that reach what is their owner's alone: by the beginning of the name.
OWNER = {
    "api_advisor_assignment-": "advisee",
    "api_guardianship-": "student__user",
    "api_enrollment-": "student__user",
    "api_waitlist_entry-": "student__user",
    "api_override-": "student__user",
    "api_override_request-": "student__user",
    "api_hold-": "student__user",
    "api_student-": "user",
    "api_data_request-": "subject",
}
