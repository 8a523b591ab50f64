"""The REST API, version 1; each app brings its own part."""

from django.urls import include, path
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from core.schema import Document

urlpatterns = [
    path(
        "schema/",
        SpectacularAPIView.as_view(renderer_classes=[OpenApiJsonRenderer], generator_class=Document),
        name="api_schema",
    ),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api_schema"), name="api_docs"),
    path("", include("accounts.api.urls")),
    path("", include("courses.api.urls")),
    path("", include("scheduling.api.urls")),
    path("", include("students.api.urls")),
    path("", include("appointments.api.urls")),
    path("", include("integrations.api.urls")),
    path("", include("coursemgmt.privacy.api")),
]
