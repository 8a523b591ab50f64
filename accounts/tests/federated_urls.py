"""The addresses of a site that has an identity provider."""

from django.urls import include, path

from coursemgmt.urls import *  # noqa: F403
from coursemgmt.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401

urlpatterns = [path("accounts/", include("coursemgmt.federation_urls")), *urlpatterns]
