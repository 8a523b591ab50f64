from django.urls import include, path
from rest_framework.routers import SimpleRouter

from appointments.api import views

router = SimpleRouter()
router.register("appointment-types", views.AppointmentTypeViewSet, basename="api-appointment-type")
router.register("appointments", views.AppointmentViewSet, basename="api-appointment")
router.register("availability/overrides", views.OverrideViewSet, basename="api-availability-override")

urlpatterns = [
    path("availability/", views.AvailabilityView.as_view(), name="api-availability"),
    path("feed/", views.FeedView.as_view(), name="api-feed"),
    path("timetable/", views.TimetableView.as_view(), name="api-timetable"),
    path("students/<uuid:public_id>/timetable/", views.StudentTimetableView.as_view(), name="api_student_timetable"),
    path("", include(router.urls)),
]
