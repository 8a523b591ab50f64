from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from students.api import views

router = SimpleRouter(use_regex_path=False)
router.register("enrollments", views.EnrollmentViewSet, basename="api_enrollment")
router.register("waitlist-entries", views.WaitlistEntryViewSet, basename="api_waitlist_entry")
router.register("classes", views.ClassViewSet, basename="api_class")

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "sections/<uuid:public_id>/registration-check/",
        views.RegistrationCheckView.as_view(),
        name="api_registration_check",
    ),
    path("sections/<uuid:public_id>/request-seat/", views.RequestSeatView.as_view(), name="api_request_seat"),
    *router.urls,
]
