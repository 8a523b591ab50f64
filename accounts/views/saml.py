"""The addresses of SAML. Imported only where it is configured, since its packages are not always there."""

from typing import Any

from allauth.socialaccount.providers.saml import utils
from allauth.socialaccount.providers.saml import views as library
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from lxml.etree import LxmlError
from onelogin.saml2.auth import OneLogin_Saml2_Settings
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from xmlsec import Error as SignatureError

from accounts.views.federation import answered

LONGEST = 200_000
# What an answer that is no answer makes of the libraries.
REFUSED = (
    LxmlError, OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, SignatureError, LookupError, ValueError, TypeError,
    AttributeError,
)  # fmt: skip

login = answered(library.login)


@csrf_exempt
def acs(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Take the answer of the provider, which another site's page posts, and go on where our own cookie comes along."""
    if request.method != "POST" or not 0 < len(request.POST.get("SAMLResponse", "")) <= LONGEST:
        return _refused(request)
    try:
        return answered(library.acs)(request, organization_slug)
    except RequestDataTooBig:
        return _refused(request)


@answered
def finish_acs(request: HttpRequest, organization_slug: str) -> HttpResponse:
    try:
        return library.finish_acs(request, organization_slug)
    except REFUSED:
        return _refused(request)


def _refused(request: HttpRequest) -> HttpResponse:
    return render(request, "socialaccount/authentication_error.html", status=401)


@answered
def metadata(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """What the operator gives to the provider: who this site is and where it wants the answer."""
    app = utils.get_app_or_404(request, organization_slug)
    config: dict[str, Any] = utils.build_saml_config(request, app.settings, organization_slug)
    # Signing out there does not sign out here.
    del config["sp"]["singleLogoutService"]
    made = OneLogin_Saml2_Settings(settings=config, sp_validation_only=True).get_sp_metadata()
    return HttpResponse(made, content_type="text/xml")


def sls(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """The library needs an address of this name; a sign-out that somebody else asks for is not offered."""
    raise Http404
