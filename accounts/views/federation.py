"""Sign-in by the identity provider of the campus: where it begins, where it comes back, and when it fails."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.openid_connect import views as library
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

# What a provider that answers nonsense, or not at all, makes of the library.
NONSENSE = (RequestException, LookupError, ValueError, TypeError, AttributeError)


def answered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return `view` so that it names the site by its configured address, and says in words when a provider fails."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.META["HTTP_HOST"] = urlsplit(settings.SITE_URL).netloc
        try:
            return view(request, *args, **kwargs)
        except NONSENSE as exc:
            return failed(request, exc)

    return answer


def failed(request: HttpRequest, exc: Exception) -> HttpResponse:
    # The class only: what the provider answered can hold a secret.
    library_name = type(exc).__name__
    get_account_adapter(request).note_failed_provider(library_name)
    return render(request, "socialaccount/authentication_error.html", status=503)


oidc_login = answered(library.login)
oidc_callback = answered(library.callback)


def cancelled(request: HttpRequest) -> HttpResponse:
    return render(request, "socialaccount/login_cancelled.html")


@login_required
def sign_in_again(request: Any) -> HttpResponse:
    """For those who have neither password nor factor here: the provider says once more that it is them."""
    providers = get_adapter(request).list_providers(request)
    context = {"providers": providers, "next": get_next_redirect_url(request) or ""}
    return render(request, "socialaccount/sign_in_again.html", context)
