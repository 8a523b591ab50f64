"""Registration by script: the same deeds as the pages."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from accounts.api.idempotency import once
from accounts.models import RecordAccess
from accounts.operations import note_access
from core import weekdays
from core.access import Authenticated, Public
from core.filters import PAGING, refuse_unknown
from core.history import route_of
from core.pagination import KeysetPagination
from core.schema import WALL_TIME
from courses.models import Section
from students import operations
from students.api.filters import EnrollmentFilter, WaitlistEntryFilter
from students.api.grade_serializers import PostedGradesSerializer
from students.api.payment_views import PaymentActions
from students.api.rule_serializers import ApprovalInput, TogetherInput
from students.api.serializers import (
    ClassSerializer,
    EnrollInput,
    EnrollmentSerializer,
    EventSerializer,
    JoinInput,
    LineEventSerializer,
    ReasonInput,
    RegistrationCheckSerializer,
    SeatOrPlaceSerializer,
    StudentInput,
    SwapInput,
    WaitlistEntrySerializer,
)
from students.errors import MayNotDrop, MayNotEnroll, MayNotSeeHistory
from students.forms import ClassQueryForm
from students.models import Enrollment, StudentProfile, WaitlistEntry, WaitlistEvent
from students.policies import (
    can_ask_what_is_missing,
    can_drop,
    can_see_skips,
    grades_reader,
    grades_refusal,
    history_reader,
)
from students.queries.class_search import row_of, rows_of, search_sections, with_facts
from students.queries.grades import posted_view
from students.queries.registration import registration_check
from students.queries.seats import positions

# The form of class search is sent with all its fields, those that were left empty too.
TIME_OR_NONE = {"anyOf": [WALL_TIME, {"type": "string", "maxLength": 0}]}


def _student(request: Request, data: dict[str, Any]) -> StudentProfile:
    return data.get("student") or operations.ensure_profile(request.user)


class EnrollmentViewSet(PaymentActions, ReadOnlyModelViewSet):
    """Enrollments: one's own, those of sections one teaches, all for staff. POST asks for a seat."""

    permission_classes = [Authenticated]
    serializer_class = EnrollmentSerializer
    filterset_class = EnrollmentFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = Enrollment.objects.none()
    idempotent = True

    def get_queryset(self) -> QuerySet[Enrollment]:
        found = Enrollment.objects.visible_to(self.request.user)
        related = ("student__user", "section__course__subject", "section__term", "section__cross_list_group")
        return found.select_related(*related).prefetch_related("events__actor")

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "shows_history": history_reader(self.request.user)}

    @extend_schema(request=EnrollInput, responses={201: EnrollmentSerializer})
    def create(self, request: Request) -> Response:
        """Take a seat."""

        def deed() -> Response:
            data = EnrollInput(data=request.data, context={"request": request})
            data.is_valid(raise_exception=True)
            given = data.validated_data
            student, section, reason = _student(request, given), given["section"], given["reason"]
            enrollment = operations.enroll(student, section, by=request.user, source="api", reason=reason)
            return Response(self._answer(enrollment), status=201)

        return once(request, deed)

    @extend_schema(request=TogetherInput, responses={201: EnrollmentSerializer(many=True)})
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def together(self, request: Request) -> Response:
        """Take several sections in one act, all or none; what belongs together is asked of the whole."""

        def deed() -> Response:
            data = TogetherInput(data=request.data, context={"request": request})
            data.is_valid(raise_exception=True)
            sections = data.validated_data["sections"]
            student = _student(request, data.validated_data)
            given = operations.enroll_all(student, sections, by=request.user, source="api")
            rows = self.get_queryset().filter(pk__in=[row.pk for row in given]).order_by("pk")
            return Response(self.get_serializer(rows, many=True).data, status=201)

        return once(request, deed)

    @extend_schema(request=ReasonInput, responses={200: EnrollmentSerializer})
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, public_id: Any = None) -> Response:
        """Give the seat that was asked for; every other rule is asked again."""
        return self._end(request, operations.approve)

    @extend_schema(request=ReasonInput, responses={200: EnrollmentSerializer})
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, public_id: Any = None) -> Response:
        """Refuse the seat that was asked for, for a reason that the student reads."""
        return self._end(request, operations.decline_approval)

    @extend_schema(request=ReasonInput, responses={200: EnrollmentSerializer})
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, public_id: Any = None) -> Response:
        return self._end(request, operations.drop)

    @extend_schema(request=ReasonInput, responses={200: EnrollmentSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, public_id: Any = None) -> Response:
        return self._end(request, operations.withdraw)

    def _end(self, request: Request, ending: Any) -> Response:
        enrollment = self.get_object()

        def deed() -> Response:
            data = ReasonInput(data=request.data)
            data.is_valid(raise_exception=True)
            ending(enrollment, by=request.user, reason=data.validated_data["reason"])
            return Response(self._answer(enrollment))

        return once(request, deed)

    @extend_schema(request=SwapInput, responses={201: EnrollmentSerializer})
    @action(detail=True, methods=["post"])
    def swap(self, request: Request, public_id: Any = None) -> Response:
        """Give up this enrollment for a free seat in another section; both change, or neither."""
        enrollment = self.get_object()
        if not can_drop(request.user, enrollment):
            raise MayNotDrop()

        def deed() -> Response:
            data = SwapInput(data=request.data, context={"request": request})
            data.is_valid(raise_exception=True)
            section, reason = data.validated_data["section"], data.validated_data["reason"]
            new = operations.swap(enrollment, section, by=request.user, source="api", reason=reason)
            return Response(self._answer(new), status=201)

        return once(request, deed)

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def history(self, request: Request, public_id: Any = None) -> Response:
        """Every change of the enrollment, oldest first."""
        refuse_unknown(request.query_params)
        enrollment = self.get_object()
        if not history_reader(request.user)(enrollment):
            raise MayNotSeeHistory()
        return Response(EventSerializer(enrollment.events.all(), many=True).data)

    @extend_schema(responses=PostedGradesSerializer)
    @action(detail=True)
    def grades(self, request: Request, public_id: Any = None) -> Response:
        """Posted work and grades; for its student while the pages of the class are open."""
        enrollment = self.get_object()
        if refusal := grades_refusal(request.user, enrollment):
            raise refusal
        what, role = RecordAccess.What.GRADES, grades_reader(request.user, enrollment)
        note_access([enrollment.student.user_id], what, by=request.user, route=route_of(request), role=role)
        return Response(PostedGradesSerializer(posted_view(enrollment)).data)

    def _answer(self, enrollment: Enrollment) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=enrollment.pk)).data


class WaitlistEntryViewSet(ReadOnlyModelViewSet):
    """Places in line. POST joins a line."""

    permission_classes = [Authenticated]
    serializer_class = WaitlistEntrySerializer
    filterset_class = WaitlistEntryFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = WaitlistEntry.objects.none()
    idempotent = True

    def get_queryset(self) -> QuerySet[WaitlistEntry]:
        found = WaitlistEntry.objects.visible_to(self.request.user)
        return found.select_related(
            "student__user", "section__course__subject", "section__term", "section__cross_list_group",
            "swap_enrollment__section__term",
        )  # fmt: skip

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        context = {**self.get_serializer_context(), "positions": positions(page)}
        return self.get_paginated_response(WaitlistEntrySerializer(page, many=True, context=context).data)

    @extend_schema(request=JoinInput, responses={201: WaitlistEntrySerializer})
    def create(self, request: Request) -> Response:
        def deed() -> Response:
            data = JoinInput(data=request.data, context={"request": request})
            data.is_valid(raise_exception=True)
            given = data.validated_data
            student, section = _student(request, given), given["section"]
            entry = operations.join_waitlist(student, section, by=request.user, swap=given["swap"])
            return Response(self._answer(entry), status=201)

        return once(request, deed)

    @extend_schema(request=ReasonInput, responses={200: WaitlistEntrySerializer})
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, public_id: Any = None) -> Response:
        return self._do(request, operations.leave_waitlist)

    @extend_schema(request=ReasonInput, responses={200: WaitlistEntrySerializer})
    @action(detail=True, methods=["post"])
    def promote(self, request: Request, public_id: Any = None) -> Response:
        """Give this entry a free seat out of turn, for a reason; for staff."""
        return self._do(request, operations.promote_entry)

    @extend_schema(request=ReasonInput, responses={200: WaitlistEntrySerializer})
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, public_id: Any = None) -> Response:
        """Take the offered seat."""
        return self._do(request, operations.accept_offer)

    @extend_schema(request=ReasonInput, responses={200: WaitlistEntrySerializer})
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, public_id: Any = None) -> Response:
        """Let the offered seat go to the next in line; the place is lost with it."""
        return self._do(request, operations.decline_offer)

    def _do(self, request: Request, operation: Any) -> Response:
        entry = self.get_object()

        def deed() -> Response:
            data = ReasonInput(data=request.data)
            data.is_valid(raise_exception=True)
            operation(entry, by=request.user, reason=data.validated_data["reason"])
            return Response(self._answer(self.get_queryset().get(pk=entry.pk)))

        return once(request, deed)

    @extend_schema(responses=LineEventSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def history(self, request: Request, public_id: Any = None) -> Response:
        """What happened to this place in line, oldest first: also each time it was passed over.

        Why it was passed over is for the student and staff.
        """
        refuse_unknown(request.query_params)
        entry = self.get_object()
        events = list(entry.events.select_related("actor"))
        if not can_see_skips(request.user, entry):
            for event in events:
                event.reason = "" if event.kind == WaitlistEvent.Kind.SKIPPED else event.reason
        return Response(LineEventSerializer(events, many=True).data)

    def _answer(self, entry: WaitlistEntry) -> Any:
        return WaitlistEntrySerializer(entry, context=self.get_serializer_context()).data


def _section(request: Request, public_id: Any) -> Section:
    found = Section.objects.visible_to(request.user).select_related("course__subject", "term", "cross_list_group")
    return get_object_or_404(found, public_id=public_id)


class RegistrationCheckView(APIView):
    """Every rule between a student and a seat: passed or not, why, and who can lift it."""

    permission_classes = [Authenticated]

    @extend_schema(
        parameters=[OpenApiParameter("student", UUID, description="Of staff and advisors; else the caller.")],
        responses=RegistrationCheckSerializer,
    )
    def get(self, request: Request, public_id: Any) -> Response:
        data = StudentInput(data=request.query_params.dict(), context={"request": request})
        data.is_valid(raise_exception=True)
        section = _section(request, public_id)
        student = _known_student(request, data.validated_data)
        if not can_ask_what_is_missing(request.user, student):
            raise MayNotEnroll()
        check = registration_check(student, section)
        return Response({"ok": check.ok, "rules": check.as_dicts()})


def _known_student(request: Request, data: dict[str, Any]) -> StudentProfile:
    """Return the student without making a profile: a question writes nothing."""
    if student := data.get("student"):
        return student
    own = StudentProfile.objects.select_related("user").filter(user=request.user).first()
    return own or StudentProfile(user=request.user)


class RequestSeatView(APIView):
    """Ask for a seat, or a place in line when there is none: 201 with whichever it is."""

    permission_classes = [Authenticated]
    idempotent = True

    @extend_schema(request=StudentInput, responses={201: SeatOrPlaceSerializer})
    def post(self, request: Request, public_id: Any) -> Response:
        def deed() -> Response:
            data = StudentInput(data=request.data, context={"request": request})
            data.is_valid(raise_exception=True)
            section = _section(request, public_id)
            student = _student(request, data.validated_data)
            given = operations.request_seat(student, section, by=request.user, source="api")
            enrollment = given if isinstance(given, Enrollment) else None
            entry = given if isinstance(given, WaitlistEntry) else None
            context = {"shows_history": history_reader(request.user)}
            body = SeatOrPlaceSerializer({"enrollment": enrollment, "waitlist_entry": entry}, context=context).data
            return Response(body, status=201)

        return once(request, deed)


class RequestApprovalView(APIView):
    """Ask for a seat where somebody approves each student: 201 with the enrollment that waits; it holds no seat."""

    permission_classes = [Authenticated]
    idempotent = True

    @extend_schema(request=ApprovalInput, responses={201: EnrollmentSerializer})
    def post(self, request: Request, public_id: Any) -> Response:
        def deed() -> Response:
            data = ApprovalInput(data=request.data, context={"request": request})
            data.is_valid(raise_exception=True)
            section, message = _section(request, public_id), data.validated_data["message"]
            student = _student(request, data.validated_data)
            asked = operations.request_approval(student, section, by=request.user, message=message, source="api")
            context = {"shows_history": history_reader(request.user)}
            return Response(EnrollmentSerializer(asked, context=context).data, status=201)

        return once(request, deed)


class ClassViewSet(GenericViewSet):
    """Class search of a term with free seats, open to everyone."""

    permission_classes = [Public]
    serializer_class = ClassSerializer
    pagination_class = KeysetPagination
    keyset = ("course__sort_key", "section_number", "pk")
    queryset = Section.objects.none()
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    @extend_schema(
        parameters=[
            OpenApiParameter("term", str, description="Code of the term; left out, the current one."),
            OpenApiParameter("q", str, description="Number or title: “cs 101”, “CS101”, “intro alg”."),
            OpenApiParameter("subject", str),
            OpenApiParameter("instructor", str),
            OpenApiParameter("day", str, enum=["", *weekdays.NAMES]),
            OpenApiParameter("time_from", TIME_OR_NONE),
            OpenApiParameter("time_to", TIME_OR_NONE),
            OpenApiParameter("delivery", str, enum=["", *Section.Method.values]),
            OpenApiParameter("open", bool),
        ],
        responses=ClassSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        form = ClassQueryForm(request.query_params, user=request.user)
        unknown = set(request.query_params) - set(form.fields) - PAGING
        if unknown or not form.is_valid():
            errors: dict[str, Any] = {name: ["This parameter is not known here."] for name in sorted(unknown)[:20]}
            raise ValidationError(errors | {name: list(texts) for name, texts in form.errors.items()})
        found = with_facts(search_sections(form.wanted(), request.user))
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response(self.get_serializer(rows_of(page), many=True).data)

    @extend_schema(responses=ClassSerializer)
    def retrieve(self, request: Request, public_id: Any = None) -> Response:
        refuse_unknown(request.query_params)
        found = with_facts(Section.objects.visible_to(request.user))
        section = get_object_or_404(found, public_id=public_id)
        return Response(self.get_serializer(row_of(section)).data)
