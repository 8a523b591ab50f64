"""The REST API, version 1; each app brings its own part."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.api.urls")),
    path("", include("courses.api.urls")),
    path("", include("scheduling.api.urls")),
    path("", include("students.api.urls")),
    path("", include("appointments.api.urls")),
]
