"""Payments by script: until when a seat waits for one, and that it came."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.idempotency import once
from students import operations
from students.api.serializers import EnrollmentSerializer, PaymentInput, ReasonInput
from students.errors import MayNotSettle
from students.policies import can_settle


class PaymentActions:
    """What the office says about the payment of an enrollment."""

    @extend_schema(request=PaymentInput, responses={200: EnrollmentSerializer})
    @action(detail=True, methods=["post"], url_path="await-payment")
    def await_payment(self: Any, request: Request, public_id: Any = None) -> Response:
        """Keep the seat until an instant; unpaid, it goes to the next in line then."""
        enrollment = self.get_object()
        if not can_settle(request.user):
            raise MayNotSettle()

        def deed() -> Response:
            data = PaymentInput(data=request.data)
            data.is_valid(raise_exception=True)
            given = data.validated_data
            operations.await_payment(enrollment, given["until"], by=request.user, reason=given["reason"])
            return Response(self._answer(enrollment))

        return once(request, deed)

    @extend_schema(request=ReasonInput, responses={200: EnrollmentSerializer})
    @action(detail=True, methods=["post"])
    def settle(self: Any, request: Request, public_id: Any = None) -> Response:
        """Say that the seat is paid."""
        return self._end(request, operations.settle_payment)
