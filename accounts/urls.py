from django.urls import URLPattern, URLResolver, path

from accounts import views

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/", views.profile, name="profile"),
    path("profile/tokens/", views.token_list, name="token_list"),
    path("profile/tokens/<uuid:public_id>/revoke/", views.token_revoke, name="token_revoke"),
    # In front of the library's pages of these addresses.
    path("accounts/2fa/authenticate/", views.authenticate, name="authenticate"),
    path("accounts/password/set/", views.password_set, name="password_set"),
    path("accounts/sessions/", views.SessionList.as_view(), name="session_list"),
    path("profile/sign-ins/<int:pk>/end/", views.session_end, name="session_end"),
    path("profile/sign-out-everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("invitations/", views.invitation_list, name="invitation_list"),
    path("invitations/new/", views.invitation_create, name="invitation_create"),
    path("invitations/<uuid:public_id>/resend/", views.invitation_resend, name="invitation_resend"),
    path("invitations/<uuid:public_id>/revoke/", views.invitation_revoke, name="invitation_revoke"),
    path("invitations/<uuid:public_id>/<str:key>/", views.invitation, name="invitation"),
    path("people/<uuid:public_id>/in-their-name/", views.impersonation_start, name="impersonation_start"),
    path("in-my-own-name/", views.impersonation_end, name="impersonation_end"),
    path("people/<uuid:public_id>/photo/", views.photo, name="photo"),
]
