"""Which role holds which permission: the one place. Granted to the groups after every migrate."""

REGISTRAR = [
    "accounts.view_directory",
    "accounts.grant_roles",
    "accounts.invite_people",
    "accounts.assign_advisors",
    "accounts.manage_student_accounts",
    "courses.edit_catalog",
    "courses.edit_terms",
    "courses.edit_any_section",
    "courses.view_hidden_section",
    "scheduling.edit_rooms",
    "scheduling.edit_meetings",
    "scheduling.resolve_clashes",
    "students.view_any_record",
    "students.edit_any_profile",
    "students.enroll_any_student",
    "students.drop_any_student",
    "students.grant_override",
    "students.place_hold",
    "students.edit_registration",
    "students.manage_waitlist",
    "students.link_guardians",
    "students.view_any_roster",
    "appointments.cancel_any_appointment",
    "pghistory.view_events",
    "coursemgmt.decide_data_requests",
]

ROLES: dict[str, list[str]] = {
    "administrator": [
        *REGISTRAR,
        "accounts.manage_people",
        "accounts.edit_roles",
        "accounts.impersonate",
        "notifications.view_outbox",
        "procrastinate.view_procrastinatejob",
    ],
    "registrar": [*REGISTRAR, "scheduling.view_any_timetable", "students.export_any_grade_sheet"],
    "advisor": ["accounts.advise_students", "appointments.host_appointments"],
    "instructor": ["appointments.host_appointments"],
    "student": ["students.enroll_self", "appointments.book_appointments"],
}

# What the permissions of other people's programs let one do; ours say it where they are named.
PERMISSION_WORDS = {
    "pghistory.view_events": "Can search the history of records",
    "procrastinate.view_procrastinatejob": "Can see the jobs of the worker",
}
