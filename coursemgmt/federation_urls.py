"""The addresses of federated sign-in; `urls.py` takes them in only where a provider is configured."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from accounts.views import federation as views


def saml_urls() -> list[URLPattern | URLResolver]:
    from accounts.views import saml  # it needs packages that a set-up without SAML does not have

    return [
        path("saml/<str:organization_slug>/login/", saml.login, name="saml_login"),
        path("saml/<str:organization_slug>/acs/", saml.acs, name="saml_acs"),
        path("saml/<str:organization_slug>/acs/finish/", saml.finish_acs, name="saml_finish_acs"),
        path("saml/<str:organization_slug>/metadata/", saml.metadata, name="saml_metadata"),
        path("saml/<str:organization_slug>/sls/", saml.sls, name="saml_sls"),
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in-again/", views.sign_in_again, name="sign_in_again"),
    path("federated/cancelled/", views.cancelled, name="socialaccount_login_cancelled"),
    path("oidc/<str:provider_id>/login/", views.oidc_login, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", views.oidc_callback, name="openid_connect_callback"),
    *(saml_urls() if "saml" in settings.SOCIALACCOUNT_PROVIDERS else []),
]
