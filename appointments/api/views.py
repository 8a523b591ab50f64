"""Office hours by script: what is offered, free times, bookings, own availability, the own week."""

from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.idempotency import once
from accounts.errors import FreshSignInNeeded
from accounts.models import RecordAccess, User
from accounts.operations import disable_feed, live_feed, note_access, rotate_feed
from accounts.queries import is_fresh
from appointments import operations
from appointments.api import serializers as s
from appointments.models import Appointment, AppointmentType, AvailabilityOverride, AvailabilitySchedule
from appointments.operations.availability import Hours
from appointments.policies import can_see_students_week
from appointments.queries.booking import acts_for_host, offer_check
from appointments.queries.slots import SlotList, slot_list
from appointments.queries.timetable import entries_for, seen_by_others
from core.access import Authenticated
from core.filters import StrictFilterSet, refuse_unknown
from core.history import route_of
from core.recurrence import end_of_day, start_of_day
from core.rules import Check
from students.models import StudentProfile

WEEK = OpenApiParameter("week", OpenApiTypes.DATE, description="Any day of the week; today when absent.")
LONGEST = timedelta(days=62)
RELATED = ("session__type", "session__host", "student")


def _clean(serializer_class, data, **more):
    serializer = serializer_class(data=data, **more)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def _as_400(exc: DjangoValidationError) -> ValidationError:
    errors = exc.message_dict if hasattr(exc, "error_dict") else {"non_field_errors": exc.messages}
    errors["non_field_errors"] = errors.pop("__all__", []) or errors.get("non_field_errors", [])
    return ValidationError({key: texts for key, texts in errors.items() if texts})


class TypeFilter(StrictFilterSet):
    host = filters.UUIDFilter(field_name="host__public_id")
    status = filters.ChoiceFilter(choices=AppointmentType.Status.choices)

    class Meta:
        model = AppointmentType
        fields = ["host", "status"]


class AppointmentTypeViewSet(viewsets.ReadOnlyModelViewSet):
    """Kinds of appointments: those on offer, and one's own in any state."""

    idempotent = {"create"}
    permission_classes = [Authenticated]
    serializer_class = s.AppointmentTypeSerializer
    filterset_class = TypeFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    queryset = AppointmentType.objects.none()

    def get_queryset(self):
        types = AppointmentType.objects.visible_to(self.request.user)
        return types.select_related("host", "schedule").prefetch_related("sections")

    @extend_schema(request=s.TypeInputSerializer, responses={201: s.AppointmentTypeSerializer})
    def create(self, request):
        """Offer a new kind of appointment, as its host."""
        return once(request, lambda: self._create(request))

    def _create(self, request):
        data = _clean(s.TypeInputSerializer, request.data, context={"host": request.user})
        try:
            type = operations.create_type(request.user, by=request.user, **data)
        except DjangoValidationError as exc:
            raise _as_400(exc) from exc
        return Response(self.get_serializer(type).data, status=201)

    @extend_schema(request=s.TypeInputSerializer(partial=True), responses=s.AppointmentTypeSerializer)
    def partial_update(self, request, public_id):
        """Change one's own kind of appointment."""
        type = self.get_object()
        data = _clean(s.TypeInputSerializer, request.data, partial=True, context={"host": type.host})
        try:
            type = operations.change_type(type, by=request.user, **data)
        except DjangoValidationError as exc:
            raise _as_400(exc) from exc
        return Response(self.get_serializer(type).data)

    @extend_schema(request=None, responses=s.AppointmentTypeSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request, public_id):
        """Offer it no more; what is booked stays."""
        return Response(self.get_serializer(operations.archive_type(self.get_object(), by=request.user)).data)

    @extend_schema(request=None, responses=s.AppointmentTypeSerializer)
    @action(detail=True, methods=["post"])
    def offer(self, request, public_id):
        """Offer an archived one again."""
        return Response(self.get_serializer(operations.offer_again(self.get_object(), by=request.user)).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATETIME, required=True),
            OpenApiParameter("to", OpenApiTypes.DATETIME, required=True),
            OpenApiParameter("despite_class", OpenApiTypes.BOOL),
        ],
        responses=s.SlotListSerializer,
        filters=False,
    )
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def slots(self, request, public_id):
        """Free times for the caller from `from` up to `to`, at most 62 days."""
        span = _clean(s.SpanSerializer, request.query_params.dict())
        if not span["from"] < span["to"] <= span["from"] + LONGEST:
            raise ValidationError({"to": ["It must be after `from`, by at most 62 days."]})
        type, now = self.get_object(), timezone.now()
        exempt = acts_for_host(request.user, type.host)
        check = Check() if exempt else offer_check(type, request.user, now=now)
        found = SlotList([], 0)
        if check.ok:
            more = {"exempt": exempt, "despite_class": span["despite_class"]}
            found = slot_list(type, request.user, span["from"], span["to"], now=now, **more)
        rules = [] if check.ok else check.as_dicts()
        return Response(s.SlotListSerializer({"slots": found.slots, "hidden": found.hidden, "rules": rules}).data)


class AppointmentFilter(StrictFilterSet):
    status = filters.ChoiceFilter(choices=Appointment.Status.choices)
    starts_after = filters.IsoDateTimeFilter(field_name="session__starts_at", lookup_expr="gte")
    starts_before = filters.IsoDateTimeFilter(field_name="session__starts_at", lookup_expr="lt")

    class Meta:
        model = Appointment
        fields = ["status"]


class AppointmentViewSet(viewsets.ReadOnlyModelViewSet):
    """Appointments of which the caller is a party."""

    idempotent = {"create"}
    permission_classes = [Authenticated]
    serializer_class = s.AppointmentSerializer
    filterset_class = AppointmentFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    queryset = Appointment.objects.none()

    def get_queryset(self):
        return Appointment.objects.visible_to(self.request.user).select_related(*RELATED)

    @extend_schema(request=s.BookSerializer, responses={201: s.AppointmentSerializer})
    def create(self, request):
        """Book a time; a host may name a student."""
        return once(request, lambda: self._book(request))

    def _book(self, request):
        data = _clean(s.BookSerializer, request.data)
        types = AppointmentType.objects.visible_to(request.user).select_related("host", "schedule")
        type = get_object_or_404(types, public_id=data["type"])
        student = request.user
        if "student" in data and data["student"] != request.user.public_id:
            # A student's id tells nothing to those who do not host: both answers are 404.
            people = User.objects.active().filter(groups__name="student")
            student = get_object_or_404(
                people if type.host_id == request.user.pk else User.objects.none(), public_id=data["student"]
            )
        appointment = operations.book(
            type,
            student,
            data["starts_at"],
            by=request.user,
            topic=data["topic"],
            despite_class=data["despite_class"],
        )
        return Response(self.get_serializer(appointment).data, status=201)

    @extend_schema(request=s.MoveSerializer, responses=s.AppointmentSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request, public_id):
        """Move it to another time of its type; id and calendar UID stay. Who is no party of it gives a reason."""
        appointment, data = self.get_object(), _clean(s.MoveSerializer, request.data)
        moved = operations.move(appointment, by=request.user, **data)
        return Response(self.get_serializer(moved).data)

    @extend_schema(request=s.CancelSerializer, responses=s.AppointmentSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request, public_id):
        """Cancel it; whoever is not the student gives a reason."""
        appointment, data = self.get_object(), _clean(s.CancelSerializer, request.data)
        cancelled = operations.cancel(appointment, by=request.user, reason=data["reason"])
        return Response(self.get_serializer(cancelled).data)

    @extend_schema(request=None, responses=s.AppointmentSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request, public_id):
        """Let a cancelled appointment stand again, as its host or as staff; both sides have to be free still."""
        return Response(self.get_serializer(operations.restore(self.get_object(), by=request.user)).data)

    @extend_schema(request=None, responses=s.AppointmentSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request, public_id):
        """Say yes to a request, as its host; whether both sides are free is asked again."""
        return Response(self.get_serializer(operations.approve(self.get_object(), by=request.user)).data)

    @extend_schema(request=s.CancelSerializer, responses=s.AppointmentSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request, public_id):
        """Say no to a request, as its host, for a reason that the student reads."""
        appointment, data = self.get_object(), _clean(s.CancelSerializer, request.data)
        declined = operations.decline(appointment, by=request.user, reason=data["reason"])
        return Response(self.get_serializer(declined).data)


class AvailabilityView(APIView):
    """One's own weekly hours and other days."""

    permission_classes = [Authenticated]

    @extend_schema(responses=s.AvailabilitySerializer)
    def get(self, request):
        refuse_unknown(request.query_params)
        schedule = AvailabilitySchedule.objects.filter(host=request.user).first()
        if schedule is None:
            return Response({"zone": str(request.user.zone), "hours": [], "overrides": []})
        return Response(s.AvailabilitySerializer(schedule).data)

    @extend_schema(request=s.AvailabilityInputSerializer, responses=s.AvailabilitySerializer)
    def put(self, request):
        """Put these weekly hours in the place of the present ones."""
        data = _clean(s.AvailabilityInputSerializer, request.data)
        try:
            with transaction.atomic():
                schedule = operations.ensure_schedule(request.user, by=request.user)
                if "zone" in data:
                    schedule = operations.change_schedule(schedule, by=request.user, zone=data["zone"])
                operations.set_weekly_hours(schedule, [Hours(**row) for row in data["hours"]], by=request.user)
        except DjangoValidationError as exc:
            raise _as_400(exc) from exc
        return Response(s.AvailabilitySerializer(schedule).data)


class OverrideViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """One's own other days: blocks, other hours, extra hours."""

    idempotent = {"create"}
    permission_classes = [Authenticated]
    serializer_class = s.OverrideSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    queryset = AvailabilityOverride.objects.none()

    def get_queryset(self):
        return AvailabilityOverride.objects.filter(schedule__host=self.request.user)

    @extend_schema(request=s.OverrideInputSerializer, responses={201: s.OverrideSerializer})
    def create(self, request):
        return once(request, lambda: self._create(request))

    def _create(self, request):
        data = _clean(s.OverrideInputSerializer, request.data)
        try:
            schedule = operations.ensure_schedule(request.user, by=request.user)
            override = operations.add_override(schedule, by=request.user, **data)
        except DjangoValidationError as exc:
            raise _as_400(exc) from exc
        return Response(self.get_serializer(override).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request, public_id):
        operations.remove_override(self.get_object(), by=request.user)
        return Response(status=204)


class TimetableView(APIView):
    """The caller's week: classes, appointments, deadlines."""

    permission_classes = [Authenticated]

    @extend_schema(parameters=[WEEK], responses=s.TimetableSerializer)
    def get(self, request):
        monday, zone = _monday(request), request.user.zone
        entries = entries_for(request.user, *_week(monday, zone))
        return Response(s.TimetableSerializer({"week": monday, "zone": str(zone), "entries": entries}).data)


class StudentTimetableView(APIView):
    """A student's week."""

    permission_classes = [Authenticated]

    @extend_schema(parameters=[WEEK], responses=s.TimetableSerializer, operation_id="students_timetable")
    def get(self, request, public_id):
        """Classes, deadlines, and when the student is busy: for the student, the advisor and the registrar."""
        students = StudentProfile.objects.visible_to(request.user).select_related("user")
        student = get_object_or_404(students, public_id=public_id)
        if not can_see_students_week(request.user, student):
            raise PermissionDenied
        note_access([student.user_id], RecordAccess.What.TIMETABLE, by=request.user, route=route_of(request))
        monday, zone = _monday(request), request.user.zone
        entries = seen_by_others(entries_for(student.user, *_week(monday, zone)))
        return Response(s.TimetableSerializer({"week": monday, "zone": str(zone), "entries": entries}).data)


def _monday(request):
    """Return the Monday of the week that is asked for, else of the present one."""
    refuse_unknown(request.query_params, ["week"])
    raw = request.query_params.get("week")
    try:
        day = date.fromisoformat(raw) if raw is not None else timezone.now().astimezone(request.user.zone).date()
        if not 2000 <= day.year <= 2200:
            raise ValueError
    except ValueError as exc:
        raise ValidationError({"week": ["Give a day such as 2026-11-23."]}) from exc
    return day - timedelta(days=day.weekday())


def _week(monday, zone):
    return start_of_day(monday, zone), end_of_day(monday + timedelta(days=6), zone)


class FeedView(APIView):
    """The caller's calendar feed. Its address holds the secret, so it is told once and no Idempotency-Key keeps it."""

    permission_classes = [Authenticated]

    @extend_schema(responses=s.FeedSerializer)
    def get(self, request):
        """Is it on, and since when?"""
        refuse_unknown(request.query_params)
        live = live_feed(request.user)
        return Response({"is_on": live is not None, "since": live.created_at if live else None})

    @extend_schema(request=None, responses={201: s.FeedAddressSerializer})
    def post(self, request):
        """Make an address; the one of before ends at once. A session must be fresh, a token may at any time."""
        if request.auth is None and not is_fresh(request._request):
            raise FreshSignInNeeded()
        secret = rotate_feed(request.user, by=request.user)
        address = settings.SITE_URL + reverse("appointments:feed", args=[secret])
        return Response({"address": address}, status=201, headers={"Cache-Control": "no-store"})

    @extend_schema(responses={204: None})
    def delete(self, request):
        """Switch it off; without one nothing happens."""
        disable_feed(request.user, by=request.user)
        return Response(status=204)
