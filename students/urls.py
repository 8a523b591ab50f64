from django.urls import URLPattern, URLResolver, path

from students.views import advising, classes, enrollments, grades, progress, requests, roster

app_name = "students"
CLASS, ENROLLMENT, ITEM = "classes/<uuid:public_id>/", "enrollments/<uuid:public_id>/", "grade-items/<uuid:public_id>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("classes/", classes.class_search, name="class_search"),
    path(CLASS, classes.section_detail, name="section_detail"),
    path(f"{CLASS}enroll/", enrollments.section_enroll, name="section_enroll"),
    path(f"{CLASS}join/", enrollments.section_join, name="section_join"),
    path(f"{CLASS}ask/", requests.request_create, name="request_create"),
    path(f"{CLASS}line/", enrollments.section_line, name="section_line"),
    path(f"{CLASS}enroll-student/", enrollments.section_enroll_student, name="section_enroll_student"),
    path(f"{CLASS}override/", enrollments.section_override, name="section_override"),
    path(f"{CLASS}roster/", roster.roster, name="roster"),
    path(f"{CLASS}grades/", grades.sheet, name="grade_sheet"),
    path(f"{CLASS}grades/new/", grades.item_create, name="grade_item_create"),
    path(f"{CLASS}grades/final/", grades.finals, name="grade_finals"),
    path(f"{CLASS}grades/final/post/", grades.finals_post, name="grade_finals_post"),
    path(f"{ITEM}edit/", grades.item_update, name="grade_item_update"),
    path(f"{ITEM}scores/", grades.item_scores, name="grade_item_scores"),
    path(f"{ITEM}post/", grades.item_post, name="grade_item_post"),
    path(f"{ITEM}unpost/", grades.item_unpost, name="grade_item_unpost"),
    path(f"{ITEM}remove/", grades.item_remove, name="grade_item_remove"),
    path("enrollments/", enrollments.enrollments, name="enrollments"),
    path(f"{ENROLLMENT}drop/", enrollments.enrollment_drop, name="enrollment_drop"),
    path(f"{ENROLLMENT}withdraw/", enrollments.enrollment_withdraw, name="enrollment_withdraw"),
    path(f"{ENROLLMENT}grades/", progress.grade_detail, name="grade_detail"),
    path("requests/", requests.request_list, name="request_list"),
    path("requests/<uuid:public_id>/", requests.request_detail, name="request_detail"),
    path("requests/<uuid:public_id>/withdraw/", requests.request_withdraw, name="request_withdraw"),
    path("waitlist/<uuid:public_id>/leave/", enrollments.entry_leave, name="entry_leave"),
    path("waitlist/<uuid:public_id>/promote/", enrollments.entry_promote, name="entry_promote"),
    path("progress/", progress.progress, name="progress"),
    path("progress/looks/", progress.record_accesses, name="record_accesses"),
    path("advisees/", advising.advisee_list, name="advisee_list"),
    path("advisor-assignments/<uuid:public_id>/end/", advising.assignment_end, name="assignment_end"),
    path("students/", progress.directory, name="directory"),
    path("students/<uuid:public_id>/advisors/new/", advising.advisor_assign, name="advisor_assign"),
    path("students/<uuid:public_id>/check/", advising.student_check, name="student_check"),
    path("students/<uuid:public_id>/", progress.student_record, name="student_record"),
    path("students/<uuid:public_id>/edit/", progress.profile_update, name="profile_update"),
]
