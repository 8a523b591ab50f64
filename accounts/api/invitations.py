"""Invitations over the API, for those who may give the role."""

from typing import Any

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts import operations
from accounts.api.idempotency import once
from accounts.models import Invitation
from accounts.policies import can_invite_people
from core.access import allowed
from core.filters import StrictFilterSet
from core.serializers import StrictSerializer

ROLES = [(role, role) for role in settings.ROLES]
STATES = [(state, state) for state in ("open", "expired", "accepted", "revoked")]


class InvitationSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    state = serializers.ChoiceField(choices=STATES, read_only=True)
    invited_by = serializers.UUIDField(source="invited_by.public_id", read_only=True)

    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "note", "state", "invited_by", "created_at", "expires_at"]
        read_only_fields = fields


class InvitationInput(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=ROLES)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class InvitationFilter(StrictFilterSet):
    state = django_filters.ChoiceFilter(method="by_state", choices=STATES)

    class Meta:
        model = Invitation
        fields: list[str] = []

    def by_state(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.in_state(value)


class InvitationViewSet(ReadOnlyModelViewSet):
    """Invitations to the roles that one may give. What the mail carries is in no answer."""

    permission_classes = [allowed(can_invite_people)]
    serializer_class = InvitationSerializer
    filterset_class = InvitationFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = Invitation.objects.none()
    idempotent = True

    def get_queryset(self) -> QuerySet[Invitation]:
        return Invitation.objects.visible_to(self.request.user).select_related("invited_by")

    @extend_schema(request=InvitationInput, responses={201: InvitationSerializer})
    def create(self, request: Request) -> Response:
        """Invite whoever reads the mail of an address to a role."""

        def deed() -> Response:
            data = InvitationInput(data=request.data)
            data.is_valid(raise_exception=True)
            invitation = operations.invite(**data.validated_data, by=request.user)
            return Response(InvitationSerializer(invitation).data, status=201)

        return once(request, deed)

    @extend_schema(request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, public_id: Any = None) -> Response:
        """Send a new mail; the link of the one before is not good any more."""
        invitation = self.get_object()

        def deed() -> Response:
            sent = operations.resend_invitation(invitation, by=request.user)
            return Response(InvitationSerializer(sent).data)

        return once(request, deed)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, public_id: Any = None) -> Response:
        """Take an invitation back. Twice is harmless."""
        operations.revoke_invitation(self.get_object(), by=request.user)
        return Response(status=204)
