"""Imports of enrollments by script: the same steps as the pages."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.api.idempotency import once
from core.access import allowed
from core.filters import refuse_unknown
from integrations import operations
from integrations.api.serializers import ImportInput, ImportRowSerializer, ImportRunSerializer
from integrations.models import ImportRun
from integrations.policies import can_import_enrollments
from students.api.serializers import ReasonInput


class ImportRunViewSet(ReadOnlyModelViewSet):
    """Imports of enrollments. POST checks a file; nothing changes until it is applied."""

    permission_classes = [allowed(can_import_enrollments)]
    serializer_class = ImportRunSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = ImportRun.objects.none()
    idempotent = True

    def get_queryset(self) -> QuerySet[ImportRun]:
        return ImportRun.objects.visible_to(self.request.user).select_related("term", "by", "undone_by")

    @extend_schema(request=ImportInput, responses={201: ImportRunSerializer})
    def create(self, request: Request) -> Response:
        """Check a file: what each line would do."""

        def deed() -> Response:
            data = ImportInput(data=request.data, context={"request": request})
            data.is_valid(raise_exception=True)
            given = dict(data.validated_data)
            content = given.pop("content").encode()
            run = operations.create_run(content, given.pop("term"), by=request.user, **given)
            return Response(self.get_serializer(run).data, status=201)

        return once(request, deed)

    @extend_schema(responses=ImportRowSerializer(many=True))
    @action(detail=True)
    def rows(self, request: Request, public_id: Any = None) -> Response:
        """The lines of one import, in the order of the file."""
        refuse_unknown(request.query_params)
        rows = self.get_object().rows.select_related("enrollment")
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(ImportRowSerializer(page, many=True).data)

    @extend_schema(request=None, responses={200: ImportRunSerializer})
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, public_id: Any = None) -> Response:
        """Do what a checked import says."""
        run = self.get_object()
        return self._deed(request, lambda: operations.apply_run(run, by=request.user))

    @extend_schema(request=ReasonInput, responses={200: ImportRunSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, public_id: Any = None) -> Response:
        """Take back all of an applied import, or nothing."""
        run = self.get_object()

        def undo() -> ImportRun:
            data = ReasonInput(data=request.data)
            data.is_valid(raise_exception=True)
            return operations.undo_run(run, by=request.user, reason=data.validated_data["reason"])

        return self._deed(request, undo)

    def _deed(self, request: Request, deed: Callable[[], ImportRun]) -> Response:
        def answer() -> Response:
            run = deed()
            return Response(self.get_serializer(self.get_queryset().get(pk=run.pk)).data)

        return once(request, answer)
