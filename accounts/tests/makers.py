"""The cast: Alice the student, Ivan the instructor, Rita the registrar, Oscar the outsider, Adam the administrator."""

import secrets
import time
from itertools import count
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts import operations
from accounts.models import User

PASSWORD = "correct horse battery"
_numbers = count(1)


def make_user(email: str | None = None, roles: Any = (), password: str | None = None, **fields: Any) -> User:
    """Return a person with a confirmed address. Without `password` none is set, which is quick."""
    return operations.create_person(
        email or f"person{next(_numbers)}@example.org", by=None, password=password, roles=roles, **fields
    )


def _one(name: str, role: str | None, **fields: Any) -> User:
    email = f"{name.lower()}@example.org"
    found = User.objects.filter(email=email).first()
    return found or make_user(email, [role] if role else [], PASSWORD, given_name=name, family_name="Example", **fields)


def alice(**fields: Any) -> User:
    return _one("Alice", "student", **fields)


def ivan(**fields: Any) -> User:
    return _one("Ivan", "instructor", **fields)


def rita(**fields: Any) -> User:
    return _one("Rita", "registrar", **fields)


def oscar(**fields: Any) -> User:
    return _one("Oscar", None, **fields)


def adam(**fields: Any) -> User:
    return _one("Adam", "administrator", **fields)


def with_app(user: User) -> str:
    """Give `user` an authenticator app and return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str) -> str:
    """Return what the app of this secret shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def with_passkey(user: User) -> Authenticator:
    """Give `user` a key made of bytes that no device has: the page lists it, nobody can use it."""
    point = {1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32}
    data = AttestedCredentialData.create(b"0" * 16, secrets.token_bytes(16), point)
    made = AuthenticatorData.create(b"r" * 32, AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT, 0, data)
    credential = {
        "type": "public-key",
        "id": websafe_encode(data.credential_id),
        "rawId": websafe_encode(data.credential_id),
        "response": {
            "clientDataJSON": websafe_encode(CollectedClientData.create("webauthn.create", b"c", "http://localhost")),
            "attestationObject": websafe_encode(AttestationObject.create("none", made, {})),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Blue key", "credential": credential}
    )
