"""Who reads along with a student, by script: read with a token, said by somebody who signed in."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.api.idempotency import once
from core.access import Authenticated
from core.serializers import StrictSerializer
from students import operations
from students.errors import MayNotLinkGuardian
from students.models import Guardianship, StudentProfile
from students.policies import can_link_guardians


class GuardianshipSerializer(serializers.ModelSerializer):
    """One guardian of one student; `valid_to` is the first instant at which it is over, null for no end."""

    id = serializers.UUIDField(source="public_id")
    student = serializers.UUIDField(source="student.public_id")
    guardian = serializers.CharField(source="guardian.display_name", default=None, allow_null=True)
    state = serializers.ChoiceField(choices=Guardianship.State.choices)

    class Meta:
        model = Guardianship
        fields = ["id", "student", "email", "guardian", "relation", "state", "valid_to"]


class GuardianshipInput(StrictSerializer):
    """`student` as in the list of students; with a `waived_reason` the student is told and not asked."""

    student = serializers.UUIDField()
    email = serializers.EmailField(max_length=254)
    relation = serializers.CharField(required=False, allow_blank=True, max_length=80, default="")
    waived_reason = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")
    valid_to = serializers.DateTimeField(required=False, allow_null=True, default=None)

    def validate_student(self, value: Any) -> StudentProfile:
        found = StudentProfile.objects.visible_to(self.context["request"].user).select_related("user")
        student = found.filter(public_id=value).first()
        if student is None:
            raise serializers.ValidationError("There is no such student.")
        return student


class GuardianshipEndInput(StrictSerializer):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class GuardianshipViewSet(ReadOnlyModelViewSet):
    """One's own guardians, the students with whom one reads, all for staff, who name and end them."""

    permission_classes = [Authenticated]
    serializer_class = GuardianshipSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = Guardianship.objects.none()
    idempotent = True

    def get_queryset(self) -> QuerySet[Guardianship]:
        return Guardianship.objects.visible_to(self.request.user).select_related("student__user", "guardian")

    def _given(self, serializer_class: Any) -> dict[str, Any]:
        data = serializer_class(data=self.request.data, context=self.get_serializer_context())
        data.is_valid(raise_exception=True)
        return data.validated_data

    def _answer(self, row: Guardianship, status: int = 200) -> Response:
        return Response(GuardianshipSerializer(row).data, status=status)

    @extend_schema(request=GuardianshipInput, responses={201: GuardianshipSerializer})
    def create(self, request: Request) -> Response:
        """Name an address whose reader may read along with a student."""

        def deed() -> Response:
            if not can_link_guardians(request.user):
                raise MayNotLinkGuardian()
            given = self._given(GuardianshipInput)
            return self._answer(operations.link_guardian(by=request.user, **given), 201)

        return once(request, deed)

    @extend_schema(request=None, responses=GuardianshipSerializer)
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, public_id: Any = None) -> Response:
        """Agree to it, as the student."""
        row = self.get_object()
        return once(request, lambda: self._answer(operations.agree_to_guardian(row, by=request.user)))

    @extend_schema(request=None, responses=GuardianshipSerializer)
    @action(detail=True, methods=["post"])
    def take(self, request: Request, public_id: Any = None) -> Response:
        """Become the guardian, as whoever reads the mail of the address."""
        row = self.get_object()
        return once(request, lambda: self._answer(operations.take_guardianship(row, by=request.user)))

    @extend_schema(request=GuardianshipEndInput, responses=GuardianshipSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: Any = None) -> Response:
        """End it with the next request of the guardian; the office says why."""
        row = self.get_object()

        def deed() -> Response:
            reason = self._given(GuardianshipEndInput)["reason"]
            return self._answer(operations.end_guardianship(row, by=request.user, reason=reason))

        return once(request, deed)
