"""Graded work, scores and final grades by script: the same deeds as the pages."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from accounts.api.idempotency import once
from accounts.models import RecordAccess
from accounts.operations import note_access
from core.access import Authenticated
from core.filters import refuse_unknown
from core.history import route_of
from courses.models import Section
from students import operations
from students.api import grade_serializers as s
from students.api.filters import GradeItemFilter
from students.errors import MayNotGrade, MayNotManageGrades
from students.models import Enrollment, GradeItem
from students.policies import can_grade, can_manage_grades
from students.queries.grades import grade_sheet, graded_enrollments, locked_enrollments, marks_of
from students.validators import Mark


class GradeItemViewSet(ReadOnlyModelViewSet):
    """Graded work of the sections one teaches or grades, drafts among them."""

    permission_classes = [Authenticated]
    serializer_class = s.GradeItemSerializer
    filterset_class = GradeItemFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = GradeItem.objects.none()
    idempotent = True

    def get_queryset(self) -> QuerySet[GradeItem]:
        return GradeItem.objects.visible_to(self.request.user).select_related("section__course__subject")

    @extend_schema(request=s.GradeItemInput, responses={201: s.GradeItemSerializer})
    def create(self, request: Request) -> Response:
        """Add a piece of work, not posted yet."""

        def deed() -> Response:
            data = self._given(s.GradeItemInput)
            section = data.pop("section")
            return self._answer(operations.create_item(section, by=request.user, **data), 201)

        return once(request, deed)

    @extend_schema(request=s.GradeItemFacts(partial=True), responses=s.GradeItemSerializer)
    def partial_update(self, request: Request, public_id: Any = None) -> Response:
        """Change the given facts of a piece of work."""
        item = self.get_object()
        data = self._given(s.GradeItemFacts, partial=True)
        return self._answer(operations.change_item(item, by=request.user, **data))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, public_id: Any = None) -> Response:
        """Take back a piece of work without scores."""
        operations.remove_item(self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(request=None, responses=s.GradeItemSerializer)
    @action(detail=True, methods=["post"], url_path="post")
    def post_item(self, request: Request, public_id: Any = None) -> Response:
        """Let students see it and its scores."""
        return self._deed(request, operations.post_item)

    @extend_schema(request=None, responses=s.GradeItemSerializer)
    @action(detail=True, methods=["post"])
    def unpost(self, request: Request, public_id: Any = None) -> Response:
        """Hide it and its scores from students again."""
        return self._deed(request, operations.unpost_item)

    def _deed(self, request: Request, operation: Callable[..., GradeItem]) -> Response:
        item = self.get_object()
        return once(request, lambda: self._answer(operation(item, by=request.user)))

    def _given(self, serializer_class: Any, partial: bool = False) -> dict[str, Any]:
        data = serializer_class(data=self.request.data, partial=partial, context=self.get_serializer_context())
        data.is_valid(raise_exception=True)
        return data.validated_data

    def _answer(self, item: GradeItem, status: int = 200) -> Response:
        return Response(s.GradeItemSerializer(self.get_queryset().get(pk=item.pk)).data, status=status)


class ScoreViewSet(GenericViewSet):
    """The scores of one piece of work, for those who grade it."""

    permission_classes = [Authenticated]
    serializer_class = s.ScoreSerializer
    filter_backends: list[Any] = []
    keyset = ("pk",)
    queryset = Enrollment.objects.none()

    def _item(self, request: Request, public_id: Any) -> GradeItem:
        found = GradeItem.objects.visible_to(request.user).select_related("section__course__subject", "section__term")
        return get_object_or_404(found, public_id=public_id)

    @extend_schema(responses=s.ScoreSerializer(many=True))
    def list(self, request: Request, public_id: Any) -> Response:
        """Everybody on the sheet with the score, drafts among them."""
        refuse_unknown(request.query_params)
        item = self._item(request, public_id)
        page = self.paginate_queryset(graded_enrollments(item.section).order_by("pk")) or []
        people = [enrollment.student.user_id for enrollment in page]
        note_access(people, RecordAccess.What.GRADES, by=request.user, route=route_of(request))
        marks, final = marks_of(item), locked_enrollments(item.section)
        rows = [_score(enrollment, marks.get(enrollment.pk, Mark()), enrollment.pk in final) for enrollment in page]
        return self.get_paginated_response(s.ScoreSerializer(rows, many=True).data)

    @extend_schema(request=s.ScoresInput, responses=s.ScoreChangesSerializer)
    def update(self, request: Request, public_id: Any) -> Response:
        """Enter scores: all that are sent, or none; the answer lists the changes."""
        item = self._item(request, public_id)
        if not can_grade(request.user, item.section):
            raise MayNotGrade()
        data = s.ScoresInput(data=request.data, context={"request": request, "section": item.section})
        data.is_valid(raise_exception=True)
        marks, seen = data.marks()
        reason = data.validated_data["reason"]
        changes = operations.enter_marks(item, marks, by=request.user, reason=reason, seen=seen)
        return Response(s.ScoreChangesSerializer({"changes": changes}).data)


def _score(enrollment: Enrollment, mark: Mark, is_final: bool) -> dict[str, Any]:
    return {
        "enrollment": enrollment.public_id,
        "student": enrollment.student.public_id,
        "name": enrollment.student.user.display_name,
        "score": mark.score,
        "is_exempt": mark.is_exempt,
        "is_final": is_final,
    }


class FinalGradeViewSet(GenericViewSet):
    """The final grades of one section, for its instructors."""

    permission_classes = [Authenticated]
    serializer_class = s.FinalGradeSerializer
    pagination_class = None
    filter_backends: list[Any] = []
    queryset = Enrollment.objects.none()
    idempotent = True

    def _section(self, request: Request, public_id: Any) -> Section:
        found = Section.objects.visible_to(request.user).select_related("course__subject", "term")
        section = get_object_or_404(found, public_id=public_id)
        if not can_manage_grades(request.user, section):
            raise MayNotManageGrades()
        return section

    def _given(self, serializer_class: Any, section: Section) -> Any:
        data = serializer_class(data=self.request.data, context={"request": self.request, "section": section})
        data.is_valid(raise_exception=True)
        return data

    @extend_schema(responses=s.FinalGradeSerializer(many=True))
    def list(self, request: Request, public_id: Any) -> Response:
        """Everybody on the sheet with the grade that was entered and the one that is posted."""
        refuse_unknown(request.query_params)
        return self._sheet(self._section(request, public_id))

    @extend_schema(request=s.FinalsInput, responses=s.FinalGradeSerializer(many=True))
    def update(self, request: Request, public_id: Any) -> Response:
        """Enter final grades: all that are sent, or none. Students see none of them yet."""
        section = self._section(request, public_id)
        data = self._given(s.FinalsInput, section).validated_data
        grades = {row["key"]: row["grade"].upper() for row in data["grades"]}
        seen = {row["key"]: row["seen"].upper() for row in data["grades"] if "seen" in row}
        operations.submit_finals(section, grades, by=request.user, reason=data["reason"], seen=seen)
        return self._sheet(section)

    @extend_schema(request=s.PostFinalsInput, responses=s.FinalGradeSerializer(many=True))
    def post_grades(self, request: Request, public_id: Any) -> Response:
        """Put the entered grades on the record, where they stand."""

        def deed() -> Response:
            section = self._section(request, public_id)
            only = self._given(s.PostFinalsInput, section).keys()
            operations.post_finals(section, by=request.user, only=only)
            return self._sheet(section)

        return once(request, deed)

    def _sheet(self, section: Section) -> Response:
        rows = grade_sheet(section).rows
        people = [row.enrollment.student.user_id for row in rows]
        note_access(people, RecordAccess.What.GRADES, by=self.request.user, route=route_of(self.request))
        return Response(s.FinalGradeSerializer(rows, many=True).data)
