from django.urls import path

from reports import views

app_name = "reports"
SECTION = "sections/<uuid:public_id>/"
urlpatterns = [
    path("", views.report_list, name="report_list"),
    path("enrollment/", views.enrollment_report, name="enrollment_report"),
    path("enrollment.csv", views.figures_csv, name="figures_csv"),
    path("courses.csv", views.course_csv, name="course_csv"),
    path("sections.csv", views.section_csv, name="section_csv"),
    path("rooms.csv", views.room_csv, name="room_csv"),
    path("meetings.csv", views.meeting_csv, name="meeting_csv"),
    path("timetable.csv", views.timetable_csv, name="timetable_csv"),
    path(f"{SECTION}roster.csv", views.roster_csv, name="roster_csv"),
    path(f"{SECTION}grades.csv", views.grade_csv, name="grade_csv"),
    path("my-enrollments.csv", views.enrollment_csv, name="enrollment_csv"),
    path("students.csv", views.student_csv, name="student_csv"),
    path("appointments.csv", views.appointment_csv, name="appointment_csv"),
]
