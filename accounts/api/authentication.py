"""A request of a script is signed in by a short-lived access token or by a personal one, each with its scopes."""

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Value, When
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.filters import BaseFilterBackend

from accounts.api.tokens import Refused, family_of_access
from accounts.models import PersonalToken, TokenFamily, User
from accounts.operations import PERSONAL_PREFIX, live_token
from accounts.queries import must_set_up_factor
from accounts.scopes import narrow, owner_field, part_in

CHALLENGE = 'Bearer realm="api"'
MINUTE = 60


@dataclass(frozen=True)
class Part:
    """The scopes of a token that open the operation it came to."""

    name: str
    scopes: set[str]


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Any) -> tuple[User, Part] | None:
        kind, _, raw = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = self._token(raw.strip())
        _count(token)
        name, method = _operation(request)
        part = part_in(name, method, set(token.scopes))
        return narrow(token.user, method, part), Part(name, part)

    def authenticate_header(self, request: Any) -> str:
        return CHALLENGE

    def _token(self, raw: str) -> PersonalToken | TokenFamily:
        try:
            token = live_token(raw) if raw.startswith(PERSONAL_PREFIX) else family_of_access(raw)
        except Refused:
            token = None
        if token is None or must_set_up_factor(token.user):
            raise AuthenticationFailed("The token is not valid.", code="token_not_valid")
        return token


def _operation(request: Any) -> tuple[str, str]:
    match = request._request.resolver_match
    return (match.url_name or "" if match else ""), request.method


def _count(token: PersonalToken | TokenFamily) -> None:
    """Count this request in its minute, in one statement. Raises Throttled past the limit."""
    seconds = int(time.time())
    minute = seconds // MINUTE
    kind: Any = type(token)
    seen = {"last_used_at": timezone.now()} if isinstance(token, PersonalToken) else {}
    requests = Case(When(minute=minute, then=F("requests") + 1), default=Value(1))
    rows = kind.objects.filter(pk=token.pk).exclude(minute=minute, requests__gte=settings.API_REQUESTS_PER_MINUTE)
    if not rows.update(minute=minute, requests=requests, **seen):
        raise Throttled(MINUTE - seconds % MINUTE)


class OwnRows(BaseFilterBackend):
    """A token that reaches what is its owner's alone finds no other rows, whatever else the owner may see."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        part = request.auth
        field = owner_field(part.name, part.scopes) if isinstance(part, Part) else None
        return queryset.filter(**{field: request.user}) if field else queryset


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
