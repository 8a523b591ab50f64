"""All addresses of the site; each app brings its own."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from coursemgmt import views

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    *([path("accounts/", include("coursemgmt.federation_urls"))] if settings.SOCIALACCOUNT_PROVIDERS else []),
    path("", include("coursemgmt.privacy.urls")),
    path("", include("courses.urls")),
    path("", include("scheduling.urls")),
    path("", include("students.urls")),
    path("", include("appointments.urls")),
    path("", include("integrations.urls")),
    path("", include("notifications.urls")),
    path("reports/", include("reports.urls")),
    path("theme/", views.choose_theme, name="theme"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("healthz/live", views.live, name="health_live"),
    path("healthz/ready", views.ready, name="health_ready"),
    path("api/v1/", include("coursemgmt.api_urls")),
    path("admin/", admin.site.urls),
]

handler400 = "coursemgmt.views.bad_request"
handler403 = "coursemgmt.views.forbidden"
handler404 = "coursemgmt.views.not_found"
handler500 = "coursemgmt.views.server_error"
