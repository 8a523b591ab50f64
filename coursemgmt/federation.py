"""Sign-in by the identity provider of the campus, set up by the environment alone: OpenID Connect, SAML 2.0 or both."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from coursemgmt import env

# The segment of the address by which each provider finds its way back here.
OIDC_ID, SAML_ID = "campus-oidc", "campus"
SAML_ATTRIBUTES = {"uid": "SAML_UID_ATTRIBUTE", "first_name": "SAML_GIVEN_NAME_ATTRIBUTE",
                   "last_name": "SAML_FAMILY_NAME_ATTRIBUTE", "email": "SAML_EMAIL_ATTRIBUTE"}  # fmt: skip


def providers(debug: bool) -> dict[str, Any]:
    """Return the providers that the environment names, as the sign-in library reads them; none when it names none."""
    found: dict[str, Any] = {}
    if env.text("OIDC_SERVER_URL"):
        found["openid_connect"] = {"OAUTH_PKCE_ENABLED": True, "APPS": [_oidc(debug)]}
    if env.text("SAML_IDP_ENTITY_ID"):
        found["saml"] = {"APPS": [_saml(debug)]}
    return found


def apps(found: dict[str, Any]) -> list[str]:
    """Return the apps of these providers; that of OpenID Connect is always there, since it needs nothing else."""
    saml = ["allauth.socialaccount.providers.saml"] if "saml" in found else []
    return ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect", *saml]


def origins(found: dict[str, Any]) -> list[str]:
    """Return the origins to which the form that begins a sign-in may lead."""
    settings = [app["settings"] for provider in found.values() for app in provider["APPS"]]
    addresses = [one.get("server_url") or one["idp"].get("sso_url", "") for one in settings]
    addresses += env.words("FEDERATION_ORIGINS", []) if found else []
    parts = [urlsplit(address) for address in addresses if address]
    return sorted({f"{part.scheme}://{part.netloc}" for part in parts})


def _oidc(debug: bool) -> dict[str, Any]:
    return {
        "provider_id": OIDC_ID,
        "name": env.text("OIDC_NAME", "Campus account"),
        "client_id": _needed("OIDC_CLIENT_ID"),
        "secret": _needed("OIDC_CLIENT_SECRET"),
        "settings": {
            "server_url": _secure("OIDC_SERVER_URL", debug),
            "trusted_domains": _domains("OIDC_TRUSTED_DOMAINS"),
            "provides_mfa": env.boolean("OIDC_PROVIDES_MFA", False),
        },
    }


def _saml(debug: bool) -> dict[str, Any]:
    if find_spec("onelogin") is None:
        raise ImproperlyConfigured("SAML_IDP_ENTITY_ID needs the packages of requirements-saml.txt.")
    trusted = _domains("SAML_TRUSTED_DOMAINS")
    settings: dict[str, Any] = {
        "idp": _idp(debug),
        # What it says of an address of its own domains is taken as shown: SAML has no word for it.
        "verified_email": trusted,
        "trusted_domains": trusted,
        "provides_mfa": env.boolean("SAML_PROVIDES_MFA", False),
        "advanced": {"want_assertion_signed": True, "allow_single_label_domains": debug},
    }
    if entity_id := env.text("SAML_SP_ENTITY_ID"):
        settings["sp"] = {"entity_id": entity_id}
    if chosen := {name: env.text(variable) for name, variable in SAML_ATTRIBUTES.items() if env.text(variable)}:
        settings["attribute_mapping"] = _usual_attributes() | chosen
    return {
        "provider_id": env.text("SAML_IDP_ENTITY_ID"),
        "client_id": SAML_ID,
        "name": env.text("SAML_NAME", "Campus account"),
        "settings": settings,
    }


def _usual_attributes() -> dict[str, Any]:
    from allauth.socialaccount.providers.saml.provider import SAMLProvider  # the settings are read before any app

    return dict(SAMLProvider.default_attribute_mapping)


def _idp(debug: bool) -> dict[str, str]:
    idp = {"entity_id": env.text("SAML_IDP_ENTITY_ID")}
    if env.text("SAML_IDP_METADATA_URL"):
        return idp | {"metadata_url": _secure("SAML_IDP_METADATA_URL", debug)}
    return idp | {"sso_url": _secure("SAML_IDP_SSO_URL", debug), "x509cert": _certificate()}


def _certificate() -> str:
    """Return the text of the provider's certificate: the variable holds it, or the path of its file."""
    given = _needed("SAML_IDP_CERTIFICATE")
    if "\n" in given or len(given) > 500:
        return given
    path = Path(given).expanduser()
    if not path.is_file():
        raise ImproperlyConfigured(
            "The environment variable SAML_IDP_CERTIFICATE must be a certificate in PEM form, or the path of its file."
        )
    return path.read_text()


def _domains(name: str) -> list[str]:
    """Return the domains for whose addresses the provider is believed; without any it signs nobody in."""
    found = [domain.lower() for domain in env.words(name, [])]
    if not found or any("@" in domain or "." not in domain.strip(".") for domain in found):
        raise ImproperlyConfigured(
            f"The environment variable {name} must name the domains of addresses that the provider may vouch for."
        )
    return found


def _needed(name: str) -> str:
    if not (value := env.text(name)):
        raise ImproperlyConfigured(f"The environment variable {name} must be set for this provider.")
    return value


def _secure(name: str, debug: bool) -> str:
    _needed(name)
    address = env.url(name, "")
    if not debug and not address.startswith("https://"):
        raise ImproperlyConfigured(f"The environment variable {name} must begin with https://.")
    return address
