"""How the sign-in library speaks of the people."""

import base64
import hashlib
import logging
from smtplib import SMTPException
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from accounts import operations
from accounts.queries import BEGAN_AS, just_signed_in

logger = logging.getLogger(__name__)
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - a placeholder, nothing listens there


class AccountAdapter(DefaultAccountAdapter):
    def get_email_confirmation_url(self, request: Any, emailconfirmation: Any) -> str:
        # From the configured address, never from the request's Host.
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def get_reset_password_from_key_url(self, key: str) -> str:
        uidb36, _, token = key.partition("-")
        return settings.SITE_URL + reverse("account_reset_password_from_key", args=[uidb36, token])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        site = SimpleNamespace(name=settings.SITE_NAME, domain=urlsplit(settings.SITE_URL).netloc)
        told = {
            name: _on_our_address(value) if name.endswith("_url") and isinstance(value, str) else value
            for name, value in context.items()
        }
        told |= {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "current_site": site}
        told["zone_name"] = timezone.get_current_timezone_name()
        try:
            super().send_mail(template_prefix, email, told)
        except (SMTPException, OSError) as exc:
            # The page answers as if it had been sent: else it would tell who has an account, by whose mail fails. A
            # link that did not come is asked for again. The class only: the text of a mail error can hold an address.
            logger.error("Mail %s was not sent: %s", template_prefix, type(exc).__name__)

    def format_email_subject(self, subject: str) -> str:
        return subject

    def get_from_email(self) -> str:
        return settings.DEFAULT_FROM_EMAIL

    def is_safe_url(self, url: str) -> bool:
        # A path of this site alone: of the hosts that are allowed, each would be another one to a browser.
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: Any) -> str:
        # Behind a socket of the machine there may be none: all of those count as one address.
        return get_client_ip(request) or UNKNOWN_ADDRESS

    def pre_login(self, request: Any, user: Any, **kwargs: Any) -> Any:
        # A sign-in that waits for its code ends, like those that are finished, with what ends them.
        request.session[BEGAN_AS] = user.get_session_auth_hash()
        return super().pre_login(request, user, **kwargs)

    def note_failed_provider(self, error: str) -> None:
        logger.error("The identity provider did not answer as it should: %s", error)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        methods = super().get_reauthentication_methods(user)
        if methods or not user.is_authenticated or not settings.SOCIALACCOUNT_PROVIDERS:
            return methods
        return [{"id": "provider", "description": gettext("Sign in again"), "url": reverse("sign_in_again")}]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        # The library lets everybody pass who has neither password nor factor. Such people sign in again instead.
        request = context.request
        if request and not just_signed_in(request) and not super().get_reauthentication_methods(request.user):
            raise ReauthenticationRequired()
        return super().is_reauthentication_required(app=app, **kwargs)

    def _get_login_attempts_cache_key(self, request: Any, **credentials: Any) -> str:
        # One count for each account. The library adds the Host, which lets a guesser count anew for every host name.
        return str(credentials.get("email", "")).strip().lower()


class FederationAdapter(DefaultSocialAccountAdapter):
    """Whom an identity provider may sign in: those whose address it showed and may vouch for, and those of before."""

    def list_apps(self, request: Any, provider: Any = None, client_id: Any = None) -> list[Any]:
        # The environment alone: no table holds a provider, and no page of a stranger asks one.
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def populate_user(self, request: Any, sociallogin: Any, data: dict[str, Any]) -> Any:
        self._keep_what_is_shown(sociallogin)
        user = super().populate_user(request, sociallogin, data)
        user.given_name = _one_line(data.get("first_name") or (data.get("name") or "").partition(" ")[0])
        user.family_name = _one_line(data.get("last_name") or (data.get("name") or "").partition(" ")[2])
        return user

    def _keep_what_is_shown(self, sociallogin: Any) -> None:
        """Keep the one address that the provider showed and may vouch for, and nothing else of what it told."""
        told, sociallogin.account.extra_data = sociallogin.account.extra_data, {}
        told = told.get("userinfo") or told.get("id_token") or told
        app, shown = sociallogin.provider.app, []
        for address in sociallogin.email_addresses:
            verified = address.verified is True and (app.provider == "saml" or told.get("email_verified") is True)
            domain = address.email.rpartition("@")[2].lower()
            if verified and domain in app.settings["trusted_domains"]:
                shown.append(EmailAddress(email=address.email.lower(), verified=True, primary=True))
        sociallogin.email_addresses = shown[:1]

    def authenticate_by_email(self, sociallogin: Any) -> tuple[Any, str] | None:
        for address in sociallogin.email_addresses:
            if account := operations.confirmed_by_provider(address.email):
                return account, address.email
        return None

    def pre_social_login(self, request: Any, sociallogin: Any) -> None:
        if sociallogin.state.get("process") != "login":
            raise ImmediateHttpResponse(_refused(request, "process"))
        if sociallogin.is_existing:
            if not sociallogin.user.is_active:
                raise ImmediateHttpResponse(redirect("account_inactive"))
        elif not sociallogin.email_addresses:
            raise ImmediateHttpResponse(_refused(request, "address"))

    def save_user(self, request: Any, sociallogin: Any, form: Any = None) -> Any:
        sociallogin.user.email = sociallogin.email_addresses[0].email
        user = super().save_user(request, sociallogin, form)
        operations.welcome_federated(user)
        return user


def _refused(request: Any, why: str) -> Any:
    return render(request, "socialaccount/refused.html", {"why": why}, status=403)


def _one_line(name: Any) -> str:
    return "".join(letter for letter in str(name) if letter.isprintable()).strip()[:150]


class FactorAdapter(DefaultMFAAdapter):
    """Second factors belong to the configured address, and their secrets are encrypted at rest."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        # From the configured address, never from the request's Host.
        return {"id": str(urlsplit(settings.SITE_URL).hostname), "name": settings.SITE_NAME}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return gettext("Passkey %d") % (Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1)

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> MultiFernet:
    """Encrypt with the present secret; what an earlier one encrypted can still be read."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str | bytes) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"accounts.factors:" + force_bytes(secret)).digest())


def _on_our_address(url: str) -> str:
    """Return `url` with the configured address in place of the Host that the request named."""
    parts = urlsplit(url)
    return settings.SITE_URL + parts._replace(scheme="", netloc="").geturl()
