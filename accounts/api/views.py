"""Tokens and one's own account."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.utils import has_verified_email
from allauth.core import ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts import operations
from accounts.api import tokens
from accounts.api.authentication import CHALLENGE
from accounts.api.filters import PersonFilter
from accounts.api.serializers import (
    MeSerializer,
    PersonSerializer,
    RefreshSerializer,
    TokenPairSerializer,
    TokenRequestSerializer,
)
from accounts.errors import SecondFactorMissing
from accounts.models import User
from accounts.policies import is_registrar
from accounts.queries import has_one_time_codes, has_second_factor, must_set_up_factor
from core.access import Authenticated, Public, allowed
from core.filters import refuse_unknown


class BadCredentials(AuthenticationFailed):
    # One answer for unknown, unconfirmed, closed and wrong: nobody learns who has an account.
    default_detail = "The e-mail address or the password is not right, or the address is not confirmed."
    default_code = "bad_credentials"


class CodeMissing(AuthenticationFailed):
    default_detail = "This account has a second factor: send its code too, or make a personal token in the browser."
    default_code = "mfa_required"


class BadCode(AuthenticationFailed):
    default_detail = "The code is not right, or was used before."
    default_code = "bad_code"


class AuthView(APIView):
    """A door for those who bring a password or a refresh token; whoever else they are signed in as does not matter."""

    authentication_classes: list[Any] = []
    permission_classes = [Public]

    def get_authenticate_header(self, request: Request) -> str:
        # Without authentication classes the framework would answer 403 in place of 401.
        return CHALLENGE


class TokenView(AuthView):
    """Get an access and a refresh token by e-mail and password."""

    @extend_schema(request=TokenRequestSerializer, responses={201: TokenPairSerializer})
    def post(self, request: Request) -> Response:
        data = TokenRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        email, password = data.validated_data["email"], data.validated_data["password"]
        http = request._request
        # The same limits as the sign-in page, counted together with it.
        if not ratelimit.consume(http, action="login"):
            raise Throttled(60)
        adapter = get_adapter()
        try:
            user = adapter.authenticate(http, email=email, password=password)
        except ValidationError as exc:
            # The one refusal the adapter raises: too many wrong passwords for this account or from this address.
            raise Throttled(300) from exc
        if user is None or not user.is_active or not has_verified_email(user, email):
            raise BadCredentials()
        self._check_factor(user, data.validated_data.get("code"))
        return Response(tokens.issue(user, data.validated_data.get("scopes")), status=201)

    def _check_factor(self, user: User, code: str | None) -> None:
        """Use up the code of an account with a second factor; the same count as at the page that asks for it."""
        if must_set_up_factor(user):
            raise SecondFactorMissing()
        if not has_second_factor(user):
            return
        if code is None or not has_one_time_codes(user):
            raise CodeMissing()
        form = AuthenticateForm(user=user, data={"code": code})
        if not form.is_valid():
            if form.has_error("code", "too_many_login_attempts"):
                raise Throttled(300)
            raise BadCode()
        form.authenticator.record_usage()


class RefreshView(AuthView):
    """Exchange a refresh token for a new pair; each works once."""

    @extend_schema(request=RefreshSerializer, responses={200: TokenPairSerializer})
    def post(self, request: Request) -> Response:
        data = RefreshSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        try:
            return Response(tokens.rotate(data.validated_data["refresh"]))
        except tokens.Reused as exc:
            get_adapter().send_notification_mail("account/email/token_reused", exc.user)
            raise AuthenticationFailed("The token is not valid.", code="token_not_valid") from exc
        except tokens.Refused as exc:
            raise AuthenticationFailed("The token is not valid.", code="token_not_valid") from exc


class RevokeView(AuthView):
    """End the family of a refresh token."""

    @extend_schema(request=RefreshSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        data = RefreshSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        try:
            tokens.revoke(data.validated_data["refresh"])
        except tokens.Refused as exc:
            raise AuthenticationFailed("The token is not valid.", code="token_not_valid") from exc
        return Response(status=204)


class MeView(APIView):
    """One's own account."""

    permission_classes = [Authenticated]

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        refuse_unknown(request.query_params)
        return Response(MeSerializer(request.user).data)

    @extend_schema(request=MeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        data = MeSerializer(request.user, data=request.data, partial=True)
        data.is_valid(raise_exception=True)
        user = operations.change_profile(request.user, by=request.user, **data.validated_data)
        return Response(MeSerializer(user).data)


class PersonViewSet(ReadOnlyModelViewSet):
    """The people of the site, for staff."""

    permission_classes = [allowed(is_registrar)]
    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("family_name", "given_name", "pk")
    queryset = User.objects.none()

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.visible_to(self.request.user).prefetch_related("groups")
