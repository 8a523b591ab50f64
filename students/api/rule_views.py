"""Holds, registration windows, restrictions and reserved seats by script, and one's own registration."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.api.idempotency import once
from accounts.models import RecordAccess
from accounts.operations import note_access
from core.access import Authenticated
from core.errors import NotAllowed
from core.history import route_of
from courses.models import Course, Section, Term
from students import operations
from students.api.filters import HoldFilter, ReservationFilter, RestrictionFilter, WindowFilter
from students.api.rule_serializers import (
    HoldInput,
    HoldSerializer,
    NewWindowInput,
    RegistrationSerializer,
    RegistrationWindowSerializer,
    ReleaseInput,
    ReservationInput,
    ReservationSerializer,
    RestrictionInput,
    RestrictionSerializer,
    WindowFacts,
)
from students.api.serializers import StudentInput
from students.errors import MayNotHold, MayNotSetRules
from students.models import Hold, RegistrationWindow, Restriction, SeatReservation, StudentProfile
from students.policies import can_edit_registration, can_place_hold
from students.queries.registration_page import registration_of


class RuleViewSet(ReadOnlyModelViewSet):
    """Rows that are read as they are and written by deeds."""

    permission_classes = [Authenticated]
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    idempotent = True

    def only(self, policy: Any, refusal: type[NotAllowed]) -> None:
        """Refuse whoever may not do it before what was sent is read."""
        if not policy(self.request.user):
            raise refusal()

    def given(self, body: Any, **options: Any) -> dict[str, Any]:
        data = body(data=self.request.data, context={"request": self.request}, **options)
        data.is_valid(raise_exception=True)
        return dict(data.validated_data)

    def answer(self, row: Any, status: int = 200) -> Response:
        return Response(self.get_serializer(row).data, status=status)


class HoldViewSet(RuleViewSet):
    """Holds: one's own, those of one's advisees, all for staff, who place and lift them."""

    serializer_class = HoldSerializer
    filterset_class = HoldFilter
    queryset = Hold.objects.none()

    def get_queryset(self) -> QuerySet[Hold]:
        return Hold.objects.visible_to(self.request.user).select_related("student__user")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        people = {hold.student.user_id for hold in page}
        note_access(people, RecordAccess.What.RECORD, by=request.user, route=route_of(request))
        return self.get_paginated_response(HoldSerializer(page, many=True).data)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        hold = self.get_object()
        note_access([hold.student.user_id], RecordAccess.What.RECORD, by=request.user, route=route_of(request))
        return self.answer(hold)

    @extend_schema(request=HoldInput, responses={201: HoldSerializer})
    def create(self, request: Request) -> Response:
        """Put a hold on a student, who is told."""
        self.only(can_place_hold, MayNotHold)

        def deed() -> Response:
            given = self.given(HoldInput)
            return self.answer(operations.place_hold(given.pop("student"), by=request.user, **given), 201)

        return once(request, deed)

    @extend_schema(request=ReleaseInput, responses={200: HoldSerializer})
    @action(detail=True, methods=["post"])
    def release(self, request: Request, public_id: Any = None) -> Response:
        """Lift a hold for a reason."""
        hold = self.get_object()
        self.only(can_place_hold, MayNotHold)
        return once(
            request, lambda: self.answer(operations.release_hold(hold, by=request.user, **self.given(ReleaseInput)))
        )


class WindowViewSet(RuleViewSet):
    """Registration windows of the terms that one may see."""

    serializer_class = RegistrationWindowSerializer
    filterset_class = WindowFilter
    queryset = RegistrationWindow.objects.none()

    def get_queryset(self) -> QuerySet[RegistrationWindow]:
        found = RegistrationWindow.objects.filter(term__in=Term.objects.visible_to(self.request.user))
        return found.select_related("term", "program", "fallback")

    @extend_schema(request=NewWindowInput, responses={201: RegistrationWindowSerializer})
    def create(self, request: Request) -> Response:
        """Set a window of a term."""
        self.only(can_edit_registration, MayNotSetRules)

        def deed() -> Response:
            given = self.given(NewWindowInput)
            return self.answer(operations.create_window(given.pop("term"), by=request.user, **given), 201)

        return once(request, deed)

    @extend_schema(request=WindowFacts(partial=True), responses=RegistrationWindowSerializer)
    def partial_update(self, request: Request, public_id: Any = None) -> Response:
        """Change the given facts of a window; seats that were taken stay."""
        window = self.get_object()
        self.only(can_edit_registration, MayNotSetRules)
        given = self.given(WindowFacts, partial=True)
        return self.answer(operations.change_window(window, by=request.user, **given))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, public_id: Any = None) -> Response:
        """Take a window away."""
        operations.remove_window(self.get_object(), by=request.user)
        return Response(status=204)


class RestrictionViewSet(RuleViewSet):
    """Whom courses and sections take."""

    serializer_class = RestrictionSerializer
    filterset_class = RestrictionFilter
    queryset = Restriction.objects.none()

    def get_queryset(self) -> QuerySet[Restriction]:
        user = self.request.user
        seen = Q(course__in=Course.objects.visible_to(user)) | Q(section__in=Section.objects.visible_to(user))
        return Restriction.objects.filter(seen).select_related("course", "section", "program")

    @extend_schema(request=RestrictionInput, responses={201: RestrictionSerializer})
    def create(self, request: Request) -> Response:
        """Let a course or a section take these students only, or these too."""
        self.only(can_edit_registration, MayNotSetRules)

        def deed() -> Response:
            given = self.given(RestrictionInput)
            target = given.pop("course", None) or given.pop("section")
            return self.answer(operations.restrict(target, by=request.user, **given), 201)

        return once(request, deed)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, public_id: Any = None) -> Response:
        """Take a restriction away."""
        operations.lift_restriction(self.get_object(), by=request.user)
        return Response(status=204)


class ReservationViewSet(RuleViewSet):
    """Seats that are kept for some students."""

    serializer_class = ReservationSerializer
    filterset_class = ReservationFilter
    queryset = SeatReservation.objects.none()

    def get_queryset(self) -> QuerySet[SeatReservation]:
        found = SeatReservation.objects.filter(section__in=Section.objects.visible_to(self.request.user))
        return found.select_related("section", "program")

    @extend_schema(request=ReservationInput, responses={201: ReservationSerializer})
    def create(self, request: Request) -> Response:
        """Keep seats of a section for some students."""
        self.only(can_edit_registration, MayNotSetRules)

        def deed() -> Response:
            given = self.given(ReservationInput)
            return self.answer(operations.reserve_seats(given.pop("section"), by=request.user, **given), 201)

        return once(request, deed)

    @extend_schema(request=None, responses={200: ReservationSerializer})
    @action(detail=True, methods=["post"])
    def release(self, request: Request, public_id: Any = None) -> Response:
        """Give what is left of these seats to everybody now."""
        row = self.get_object()
        return once(request, lambda: self.answer(operations.release_seats(row, by=request.user)))


class RegistrationView(APIView):
    """A student's windows, credits and holds in the terms that are not over."""

    permission_classes = [Authenticated]

    @extend_schema(
        parameters=[OpenApiParameter("student", UUID, description="Left out, it is the caller.")],
        responses=RegistrationSerializer,
    )
    def get(self, request: Request) -> Response:
        data = StudentInput(data=request.query_params.dict(), context={"request": request})
        data.is_valid(raise_exception=True)
        student = data.validated_data.get("student") or _own(request)
        note_access([student.user_id], RecordAccess.What.RECORD, by=request.user, route=route_of(request))
        return Response(RegistrationSerializer(registration_of(student, request.user)).data)


def _own(request: Request) -> StudentProfile:
    found = StudentProfile.objects.select_related("user").filter(user=request.user).first()
    if found is None and not request.user.has_perm("students.enroll_self"):
        raise ValidationError({"student": ["Name a student."]})
    return found or StudentProfile(user=request.user)
