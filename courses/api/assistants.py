"""Assistants and graders of a section by script, for its instructors and for staff."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.idempotency import once
from core.access import Authenticated
from core.errors import NotAllowed
from core.filters import refuse_unknown
from core.serializers import StrictSerializer
from courses import operations
from courses.forms.assistants import HELPERS
from courses.models import Section, SectionInstructor
from courses.policies import can_manage_assistants


class AssistantSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField(source="instructor.display_name")
    role = serializers.ChoiceField(choices=HELPERS)

    class Meta:
        model = SectionInstructor
        fields = ["id", "name", "role", "can_grade", "can_see_planned", "can_edit_texts"]


class AssistantFacts(StrictSerializer):
    """What an assistant or grader is and may do in this section alone."""

    role = serializers.ChoiceField(choices=HELPERS)
    can_grade = serializers.BooleanField(default=False)
    can_see_planned = serializers.BooleanField(default=False)
    can_edit_texts = serializers.BooleanField(default=False)


class AssistantInput(AssistantFacts):
    """The address is typed in full; of one that cannot be added nothing else is told."""

    email = serializers.EmailField(max_length=254)


class AssistantViewSet(GenericViewSet):
    """Assistants and graders of one section."""

    permission_classes = [Authenticated]
    serializer_class = AssistantSerializer
    pagination_class = None
    filter_backends: list[Any] = []
    lookup_field = "public_id"
    queryset = SectionInstructor.objects.none()
    idempotent = True

    def _section(self, public_id: Any) -> Section:
        section = get_object_or_404(Section.objects.visible_to(self.request.user), public_id=public_id)
        if not can_manage_assistants(self.request.user, section):
            raise NotAllowed()
        return section

    def _row(self, public_id: Any) -> SectionInstructor:
        rows: QuerySet[SectionInstructor] = SectionInstructor.objects.visible_to(self.request.user).helpers()
        row = get_object_or_404(rows.select_related("instructor", "section"), public_id=public_id)
        if not can_manage_assistants(self.request.user, row.section):
            raise NotAllowed()
        return row

    def _given(self, serializer_class: Any, **more: Any) -> dict[str, Any]:
        data = serializer_class(data=self.request.data, **more)
        data.is_valid(raise_exception=True)
        return data.validated_data

    @extend_schema(responses=AssistantSerializer(many=True))
    def list(self, request: Request, public_id: Any) -> Response:
        """Who assists in a section, and what each may do."""
        refuse_unknown(request.query_params)
        helpers = self._section(public_id).section_instructors.helpers().select_related("instructor")
        return Response(AssistantSerializer(helpers, many=True).data)

    @extend_schema(request=AssistantInput, responses={201: AssistantSerializer})
    def create(self, request: Request, public_id: Any) -> Response:
        """Name somebody with an account an assistant or grader; they are told by mail."""

        def deed() -> Response:
            section = self._section(public_id)
            row = operations.add_assistant(section, by=request.user, **self._given(AssistantInput))
            return Response(AssistantSerializer(row).data, status=201)

        return once(request, deed)

    @extend_schema(request=AssistantFacts(partial=True), responses=AssistantSerializer)
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Change what one of them is or may do."""
        row = self._row(public_id)
        changed = operations.change_assistant(row, by=request.user, **self._given(AssistantFacts, partial=True))
        return Response(AssistantSerializer(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, public_id: Any) -> Response:
        """Take one of them out."""
        operations.remove_assistant(self._row(public_id), by=request.user)
        return Response(status=204)
