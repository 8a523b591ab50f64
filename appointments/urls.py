from django.urls import path

from appointments.views import answering, booking, booking_for, hosting, restoring, student_week, timetable

app_name = "appointments"
urlpatterns = [
    path("appointments/", booking.mine, name="mine"),
    path("appointments/hosts/", booking.HostList.as_view(), name="host_list"),
    path("appointments/hosts/<uuid:public_id>/", booking.type_list, name="type_list"),
    path("appointments/types/<uuid:public_id>/", booking.slot_list_page, name="slot_list"),
    path("appointments/types/<uuid:public_id>/book/", booking.Book.as_view(), name="book"),
    path("appointments/<uuid:public_id>/", booking.appointment_detail, name="appointment_detail"),
    path("appointments/<uuid:public_id>/move/", booking.Move.as_view(), name="appointment_move"),
    path("appointments/<uuid:public_id>/cancel/", booking.Cancel.as_view(), name="appointment_cancel"),
    path("appointments/<uuid:public_id>/restore/", restoring.appointment_restore, name="appointment_restore"),
    path("appointments/<uuid:public_id>/answer/", answering.answer, name="appointment_answer"),
    path("office-hours/", hosting.host_week, name="host_week"),
    path("office-hours/edit/", hosting.office_hours, name="office_hours"),
    path("office-hours/overrides/add/", hosting.override_add, name="override_add"),
    path("office-hours/overrides/<uuid:public_id>/remove/", hosting.override_remove, name="override_remove"),
    path("office-hours/types/add/", hosting.type_form, name="type_create"),
    path("office-hours/types/<uuid:public_id>/", hosting.type_form, name="type_update"),
    path("office-hours/types/<uuid:public_id>/book/", booking_for.book_for, name="book_for"),
    path("office-hours/types/<uuid:public_id>/archive/", hosting.type_archive, name="type_archive"),
    path("office-hours/types/<uuid:public_id>/offer/", hosting.type_offer, name="type_offer"),
    path("students/<uuid:public_id>/timetable/", student_week.student_week, name="student_week"),
    path("reading-along/<uuid:public_id>/week/", student_week.ward_week, name="ward_week"),
    path("timetable/", timetable.my_timetable, name="my_timetable"),
    path("timetable/feed/", timetable.feed_settings, name="feed_settings"),
    path("feeds/<str:token>.ics", timetable.feed, name="feed"),
]
