from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from accounts.api import views
from accounts.api.invitations import InvitationViewSet

router = SimpleRouter(use_regex_path=False)
router.register("people", views.PersonViewSet, basename="api_person")
router.register("invitations", InvitationViewSet, basename="api_invitation")

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/token/", views.TokenView.as_view(), name="api_token"),
    path("auth/refresh/", views.RefreshView.as_view(), name="api_refresh"),
    path("auth/revoke/", views.RevokeView.as_view(), name="api_revoke"),
    path("me/", views.MeView.as_view(), name="api_me"),
    *router.urls,
]
