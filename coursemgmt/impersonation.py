"""What an administrator may do while working in somebody's name.

Whatever writes is shut unless it is listed, by the name of its address and its method. What only reads is open unless
it shows secrets, drafts of grades, what only the parties of an appointment read, or the account itself.
"""

READS = {"GET", "HEAD", "OPTIONS"}

# One's own seats, and the way out.
OPEN = {
    "accounts:impersonation_end POST",
    "account_logout GET",
    "account_logout POST",
    "theme POST",
    "students:section_enroll POST",
    "students:section_join POST",
    "students:enrollment_drop POST",
    "students:entry_leave POST",
    "api_enrollment-list POST",
    "api_enrollment-drop POST",
    "api_waitlist_entry-list POST",
    "api_waitlist_entry-leave POST",
}
# By the beginning of the name: accounts, factors, sessions, tokens, sign-in and data, the admin, mail that is kept
# locally, and the page of the API, which shows no banner.
SHUT = (
    "account_", "accounts:", "mfa_", "usersessions_", "socialaccount_", "openid_connect_", "saml_", "admin:",
    "api_token", "api_refresh", "api_revoke", "api_invitation-", "api_data_request-",
    "privacy:", "api_docs", "notifications:local_mail",
)  # fmt: skip
# Of those, what shows nothing that is secret.
OPEN_PAGES = {"accounts:profile", "accounts:photo"}
SHUT_PAGES = {
    # Drafts of grades.
    "students:grade_sheet", "students:grade_item_create", "students:grade_item_update", "students:grade_item_scores",
    "students:grade_item_post", "students:grade_item_unpost", "students:grade_item_remove", "students:grade_finals",
    "students:grade_finals_post", "api_scores", "api_final_grades", "api_grade_item-list", "api_grade_item-detail",
    "api_enrollment-grades", "reports:grade_csv",
    # The calendar feed and its secret.
    "appointments:feed_settings", "api-feed",
    # What an appointment is about.
    "appointments:appointment_detail", "appointments:appointment_cancel", "appointments:appointment_move",
    "appointments:appointment_answer",
    "appointments:host_week", "appointments:book_for", "api-appointment-list", "api-appointment-detail",
    "reports:appointment_csv",
}  # fmt: skip


def is_open(name: str, method: str) -> bool:
    if f"{name} {method}" in OPEN:
        return True
    if method not in READS or name in SHUT_PAGES:
        return False
    return name in OPEN_PAGES or not name.startswith(SHUT)
