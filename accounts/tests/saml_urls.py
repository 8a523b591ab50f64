"""The addresses of a site whose identity provider speaks SAML."""

from django.urls import include, path

from accounts.tests.federated_urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401
from coursemgmt.federation_urls import saml_urls

urlpatterns = [path("accounts/", include(saml_urls())), *urlpatterns]
