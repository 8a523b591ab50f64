"""Who advises a student, by script: read with a token, assigned and ended by somebody who signed in."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.api.idempotency import once
from accounts.errors import MayNotAssignAdvisor
from accounts.models import RoleAssignment, User
from accounts.operations import assign_advisor, end_assignment
from accounts.policies import can_assign_advisors
from core.access import Authenticated
from core.serializers import StrictSerializer
from students.models import StudentProfile


class AdvisorAssignmentSerializer(serializers.ModelSerializer):
    """One advisor of one student; `valid_to` is the first instant at which it is over, null for no end."""

    id = serializers.UUIDField(source="public_id")
    student = serializers.UUIDField(source="advisee.student_profile.public_id", default=None, allow_null=True)
    advisor = serializers.CharField(source="user.display_name")

    class Meta:
        model = RoleAssignment
        fields = ["id", "student", "advisor", "valid_from", "valid_to"]


class AdvisorAssignmentInput(StrictSerializer):
    """`student` as in the list of students, `advisor` as in that of people."""

    student = serializers.UUIDField()
    advisor = serializers.UUIDField()
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")
    valid_from = serializers.DateTimeField(required=False, allow_null=True, default=None)
    valid_to = serializers.DateTimeField(required=False, allow_null=True, default=None)

    def validate_student(self, value: Any) -> StudentProfile:
        found = StudentProfile.objects.visible_to(self.context["request"].user).select_related("user")
        return _found(found, value, "There is no such student.")

    def validate_advisor(self, value: Any) -> User:
        return _found(User.objects.visible_to(self.context["request"].user), value, "There is no such person.")


class EndInput(StrictSerializer):
    reason = serializers.CharField(max_length=500)


def _found(rows: QuerySet[Any], public_id: Any, otherwise: str) -> Any:
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise serializers.ValidationError(otherwise)
    return row


class AdvisorAssignmentViewSet(ReadOnlyModelViewSet):
    """One's own advisors, an advisor's own students, all for staff, who assign and end them."""

    permission_classes = [Authenticated]
    serializer_class = AdvisorAssignmentSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = RoleAssignment.objects.none()
    idempotent = True

    def get_queryset(self) -> QuerySet[RoleAssignment]:
        return RoleAssignment.objects.visible_to(self.request.user).select_related("user", "advisee__student_profile")

    def _given(self, serializer_class: Any) -> dict[str, Any]:
        if not can_assign_advisors(self.request.user):
            raise MayNotAssignAdvisor()
        data = serializer_class(data=self.request.data, context=self.get_serializer_context())
        data.is_valid(raise_exception=True)
        return data.validated_data

    def _answer(self, row: RoleAssignment, status: int = 200) -> Response:
        return Response(AdvisorAssignmentSerializer(self.get_queryset().get(pk=row.pk)).data, status=status)

    @extend_schema(request=AdvisorAssignmentInput, responses={201: AdvisorAssignmentSerializer})
    def create(self, request: Request) -> Response:
        """Say who advises a student, from now on unless a later start is given."""

        def deed() -> Response:
            given = self._given(AdvisorAssignmentInput)
            student, advisor = given.pop("student"), given.pop("advisor")
            return self._answer(assign_advisor(student.user, advisor, by=request.user, **given), 201)

        return once(request, deed)

    @extend_schema(request=EndInput, responses=AdvisorAssignmentSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: Any = None) -> Response:
        """End it with the next request of the advisor, for a reason."""
        row = self.get_object()

        def deed() -> Response:
            return self._answer(end_assignment(row, by=request.user, reason=self._given(EndInput)["reason"]))

        return once(request, deed)
