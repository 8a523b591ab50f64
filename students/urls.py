from django.urls import URLPattern, URLResolver, path

from students.views import classes, enrollments

app_name = "students"
urlpatterns: list[URLPattern | URLResolver] = [
    path("classes/", classes.class_search, name="class_search"),
    path("classes/<uuid:public_id>/", classes.section_detail, name="section_detail"),
    path("classes/<uuid:public_id>/enroll/", enrollments.section_enroll, name="section_enroll"),
    path("classes/<uuid:public_id>/join/", enrollments.section_join, name="section_join"),
    path("classes/<uuid:public_id>/line/", enrollments.section_line, name="section_line"),
    path(
        "classes/<uuid:public_id>/enroll-student/",
        enrollments.section_enroll_student,
        name="section_enroll_student",
    ),
    path("classes/<uuid:public_id>/override/", enrollments.section_override, name="section_override"),
    path("enrollments/", enrollments.enrollments, name="enrollments"),
    path("enrollments/<uuid:public_id>/drop/", enrollments.enrollment_drop, name="enrollment_drop"),
    path("enrollments/<uuid:public_id>/withdraw/", enrollments.enrollment_withdraw, name="enrollment_withdraw"),
    path("waitlist/<uuid:public_id>/leave/", enrollments.entry_leave, name="entry_leave"),
    path("waitlist/<uuid:public_id>/promote/", enrollments.entry_promote, name="entry_promote"),
]
