"""Requests for exceptions by script."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.api.idempotency import once
from core.access import Authenticated
from students import operations
from students.api.filters import OverrideRequestFilter
from students.api.request_serializers import AskInput, DeclineInput, GrantInput, OverrideRequestSerializer
from students.errors import MayNotAnswer
from students.models import OverrideRequest
from students.policies import can_answer_request


class OverrideRequestViewSet(ReadOnlyModelViewSet):
    """Requests for exceptions: one's own, those one may answer, all for staff. POST asks for one."""

    permission_classes = [Authenticated]
    serializer_class = OverrideRequestSerializer
    filterset_class = OverrideRequestFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = OverrideRequest.objects.none()
    idempotent = True

    def get_queryset(self) -> QuerySet[OverrideRequest]:
        found = OverrideRequest.objects.visible_to(self.request.user)
        return found.select_related("student__user", "section__course__subject", "section__term")

    @extend_schema(request=AskInput, responses={201: OverrideRequestSerializer})
    def create(self, request: Request) -> Response:
        """Ask that a rule of this kind be lifted."""

        def deed() -> Response:
            data = AskInput(data=request.data, context={"request": request})
            data.is_valid(raise_exception=True)
            given = data.validated_data
            student = given.get("student") or operations.ensure_profile(request.user)
            section, kind, message = given["section"], given["kind"], given["message"]
            asked = operations.request_override(student, section, kind, by=request.user, message=message)
            return Response(self._answer(asked), status=201)

        return once(request, deed)

    @extend_schema(request=None, responses={200: OverrideRequestSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, public_id: Any = None) -> Response:
        """Take an open request back."""
        asked = self.get_object()
        return once(request, lambda: Response(self._answer(operations.withdraw_request(asked, by=request.user))))

    @extend_schema(request=GrantInput, responses={200: OverrideRequestSerializer})
    @action(detail=True, methods=["post"])
    def grant(self, request: Request, public_id: Any = None) -> Response:
        """Give the permission, for a reason that the student reads."""
        return self._decide(request, GrantInput, operations.grant_request)

    @extend_schema(request=DeclineInput, responses={200: OverrideRequestSerializer})
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, public_id: Any = None) -> Response:
        """Refuse, for a reason that the student reads."""
        return self._decide(request, DeclineInput, operations.decline_request)

    def _decide(self, request: Request, body: Any, answer: Any) -> Response:
        asked = self.get_object()
        if not can_answer_request(request.user, asked):
            raise MayNotAnswer()

        def deed() -> Response:
            data = body(data=request.data)
            data.is_valid(raise_exception=True)
            return Response(self._answer(answer(asked, by=request.user, **data.validated_data)))

        return once(request, deed)

    def _answer(self, asked: OverrideRequest) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=asked.pk)).data
