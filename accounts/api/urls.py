from django.urls import URLPattern, URLResolver, path

from accounts.api import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/token/", views.TokenView.as_view(), name="api_token"),
    path("auth/refresh/", views.RefreshView.as_view(), name="api_refresh"),
    path("auth/revoke/", views.RevokeView.as_view(), name="api_revoke"),
    path("me/", views.MeView.as_view(), name="api_me"),
]
