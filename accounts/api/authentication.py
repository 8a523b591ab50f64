"""A request of a script is signed in by a short-lived access token."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.api.tokens import Refused, user_of_access

CHALLENGE = 'Bearer realm="api"'


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Any) -> tuple[Any, None] | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        try:
            return user_of_access(token.strip()), None
        except Refused as exc:
            raise AuthenticationFailed("The token is not valid.", code="token_not_valid") from exc

    def authenticate_header(self, request: Any) -> str:
        return CHALLENGE


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
