"""Students, their progress, rosters and permissions by script."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from accounts.api.idempotency import once
from accounts.models import RecordAccess
from accounts.operations import note_access
from core.access import Authenticated
from core.filters import refuse_unknown
from core.history import route_of
from courses.models import Section
from students import operations
from students.api.filters import OverrideFilter, RosterFilter, StudentFilter
from students.api.grade_serializers import ProgressSerializer
from students.api.record_serializers import (
    ProgramSerializer,
    RosterRow,
    RuleOverrideInput,
    RuleOverrideSerializer,
    StudentFacts,
    StudentSerializer,
)
from students.errors import MayNotEditProfile, MayNotSeeRoster
from students.models import Enrollment, Override, Program, StudentProfile
from students.policies import can_keep_name, can_see_contacts, can_see_records, can_see_roster
from students.queries.progress import progress_of
from students.queries.roster import roster_of


class ProgramViewSet(ReadOnlyModelViewSet):
    """Programs of study with the credits that each requires."""

    permission_classes = [Authenticated]
    serializer_class = ProgramSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("code",)
    queryset = Program.objects.all()


class StudentViewSet(ReadOnlyModelViewSet):
    """Students' profiles: all for staff, those of advisees for an advisor, the own for a student."""

    permission_classes = [Authenticated]
    serializer_class = StudentSerializer
    filterset_class = StudentFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = StudentProfile.objects.none()

    def get_queryset(self) -> QuerySet[StudentProfile]:
        return StudentProfile.objects.visible_to(self.request.user).select_related("user", "program")

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        people = [student.user_id for student in page or []]
        note_access(people, RecordAccess.What.DIRECTORY, by=self.request.user, route=route_of(self.request))
        return page

    def retrieve(self, request: Request, public_id: Any = None) -> Response:
        """One student's profile."""
        student = self.get_object()
        note_access([student.user_id], RecordAccess.What.RECORD, by=request.user, route=route_of(request))
        return Response(StudentSerializer(student).data)

    @extend_schema(request=StudentFacts(partial=True), responses=StudentSerializer)
    def partial_update(self, request: Request, public_id: Any = None) -> Response:
        """Change the given facts of a profile: all for staff, `directory_hold` for the student."""
        student = self.get_object()
        if not can_keep_name(request.user, student):
            raise MayNotEditProfile()
        data = StudentFacts(data=request.data, partial=True)
        data.is_valid(raise_exception=True)
        changed = operations.change_profile(student, by=request.user, **data.validated_data)
        return Response(StudentSerializer(changed).data)

    @extend_schema(responses=ProgressSerializer)
    @action(detail=True)
    def progress(self, request: Request, public_id: Any = None) -> Response:
        """Posted grades, missing work and credits of a student."""
        student = self.get_object()
        note_access([student.user_id], RecordAccess.What.PROGRESS, by=request.user, route=route_of(request))
        found = progress_of(student, for_staff=student.user_id != request.user.pk)
        return Response(ProgressSerializer(found).data)


class ProgressView(APIView):
    """One's own posted grades, missing work and credits; 404 without a record."""

    permission_classes = [Authenticated]

    @extend_schema(responses=ProgressSerializer)
    def get(self, request: Request) -> Response:
        refuse_unknown(request.query_params)
        student = get_object_or_404(StudentProfile.objects.select_related("user", "program"), user=request.user)
        return Response(ProgressSerializer(progress_of(student)).data)


class RosterView(GenericViewSet):
    """Who is in a section, for those who teach it and for staff."""

    permission_classes = [Authenticated]
    serializer_class = RosterRow
    filterset_class = RosterFilter
    keyset = ("pk",)
    queryset = Enrollment.objects.none()

    @extend_schema(parameters=[OpenApiParameter("former", bool, description="Those who left too.")])
    def list(self, request: Request, public_id: Any) -> Response:
        section = get_object_or_404(Section.objects.visible_to(request.user), public_id=public_id)
        if not can_see_roster(request.user, section):
            raise MayNotSeeRoster()
        found = roster_of(section, former=True).order_by("pk")
        page = self.paginate_queryset(self.filter_queryset(found)) or []
        people = [enrollment.student.user_id for enrollment in page]
        note_access(people, RecordAccess.What.ROSTER_FILE, by=request.user, route=route_of(request))
        context = {
            **self.get_serializer_context(),
            "shows_contacts": can_see_contacts(request.user, section),
            "sees_records": can_see_records(request.user),
        }
        return self.get_paginated_response(RosterRow(page, many=True, context=context).data)


class OverrideViewSet(ReadOnlyModelViewSet):
    """Permissions to pass one rule once: one's own, all for staff, who give and end them."""

    permission_classes = [Authenticated]
    serializer_class = RuleOverrideSerializer
    filterset_class = OverrideFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = Override.objects.none()
    idempotent = True

    def get_queryset(self) -> QuerySet[Override]:
        found = Override.objects.visible_to(self.request.user)
        return found.select_related("student__user", "section", "granted_by")

    @extend_schema(request=RuleOverrideInput, responses={201: RuleOverrideSerializer})
    def create(self, request: Request) -> Response:
        """Let a student pass a rule."""

        def deed() -> Response:
            data = RuleOverrideInput(data=request.data, context={"request": request})
            data.is_valid(raise_exception=True)
            given = data.validated_data
            student, section, kind = given.pop("student"), given.pop("section"), given.pop("kind")
            override = operations.grant_override(student, section, kind, by=request.user, **given)
            return Response(RuleOverrideSerializer(override).data, status=201)

        return once(request, deed)

    @extend_schema(request=None, responses=RuleOverrideSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, public_id: Any = None) -> Response:
        """End an unused permission now."""
        override = self.get_object()

        def deed() -> Response:
            return Response(RuleOverrideSerializer(operations.revoke_override(override, by=request.user)).data)

        return once(request, deed)
