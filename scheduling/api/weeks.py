"""Week timetables and the clash list by script."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.idempotency import once
from accounts.models import RecordAccess, User
from accounts.operations import note_access
from core.access import Authenticated, allowed
from core.history import route_of
from courses.models import Section, Term
from scheduling import operations
from scheduling.api import serializers as s
from scheduling.models import Room
from scheduling.policies import can_resolve_clashes, can_see_week_of
from scheduling.queries import grid
from scheduling.queries.clashes import clash_lines, named

WEEK = OpenApiParameter("week", OpenApiTypes.DATE, description="A day of the week; without it, the present week.")
MOST = 200


def _monday(request: Request, zone: ZoneInfo) -> date:
    said = request.query_params.get("week")
    try:
        day = date.fromisoformat(said) if said is not None else timezone.now().astimezone(zone).date()
    except ValueError as exc:
        raise ValidationError({"week": ["Give a day as YYYY-MM-DD."]}) from exc
    if not 2000 <= day.year <= 2200:
        raise ValidationError({"week": ["Give a day between 2000 and 2200."]})
    return day - timedelta(days=day.weekday())


def _known(request: Request, *names: str) -> None:
    if unknown := set(request.query_params) - {*names, "format"}:
        raise ValidationError({name: ["This parameter is not known here."] for name in sorted(unknown)[:20]})


def _timetable(items: list[grid.Item], monday: date, zone: ZoneInfo) -> Response:
    items = sorted(items, key=lambda item: (item.starts_at, item.ends_at, item.title))
    return Response(s.WeekTimetableSerializer({"week": monday, "zone": str(zone), "entries": items}).data)


class RoomTimetable(APIView):
    """A week in a room."""

    permission_classes = [Authenticated]

    @extend_schema(parameters=[WEEK], responses=s.WeekTimetableSerializer, operation_id="rooms_timetable")
    def get(self, request: Request, public_id: Any) -> Response:
        """A week in a room, on its own wall clock; what the caller may not know of is "Busy"."""
        _known(request, "week")
        rooms = Room.objects.visible_to(request.user).select_related("building")
        room = get_object_or_404(rooms, public_id=public_id)
        zone = ZoneInfo(room.building.zone)
        monday = _monday(request, zone)
        return _timetable(grid.room_week(room, monday, zone, request.user), monday, zone)


class SectionTimetable(APIView):
    """A week of a section."""

    permission_classes = [Authenticated]

    @extend_schema(parameters=[WEEK], responses=s.WeekTimetableSerializer, operation_id="sections_timetable")
    def get(self, request: Request, public_id: Any) -> Response:
        """A week of a section, in the caller's zone."""
        _known(request, "week")
        section = get_object_or_404(Section.objects.visible_to(request.user), public_id=public_id)
        zone = ZoneInfo(str(request.user.zone))
        monday = _monday(request, zone)
        return _timetable(grid.section_week(section, monday, zone, request.user), monday, zone)


class PersonTimetable(APIView):
    """A week of somebody who teaches."""

    permission_classes = [Authenticated]

    @extend_schema(parameters=[WEEK], responses=s.WeekTimetableSerializer, operation_id="people_timetable")
    def get(self, request: Request, public_id: Any) -> Response:
        """What takes the time of a person who teaches: for that person, and for those who look after timetables."""
        _known(request, "week")
        person = get_object_or_404(User, public_id=public_id)
        if not can_see_week_of(request.user, person):
            raise Http404
        note_access([person.pk], RecordAccess.What.TIMETABLE, by=request.user, route=route_of(request))
        zone = ZoneInfo(str(request.user.zone))
        monday = _monday(request, zone)
        return _timetable(grid.instructor_week(person, monday, zone, request.user), monday, zone)


class ClashList(APIView):
    """Clashes, to read and to accept."""

    permission_classes = [allowed(can_resolve_clashes)]

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", OpenApiTypes.STR, enum=["room", "person"]),
            OpenApiParameter("term", OpenApiTypes.STR, description="Code of the term."),
            OpenApiParameter("accepted", OpenApiTypes.BOOL, description="Those that somebody accepted."),
        ],
        responses=s.ClashSerializer(many=True),
        operation_id="clashes_list",
    )
    def get(self, request: Request) -> Response:
        """The first 200 clashes by date, those to resolve unless `accepted`; filter by term to see the others."""
        _known(request, "kind", "term", "accepted")
        query = request.query_params
        if query.get("kind", "room") not in ("room", "person"):
            raise ValidationError({"kind": ["Choose room or person."]})
        if query.get("accepted", "false") not in ("true", "false"):
            raise ValidationError({"accepted": ["Choose true or false."]})
        term = None
        if query.get("term"):
            term = get_object_or_404(Term.objects.visible_to(request.user), code=query["term"][:20])
        accepted = query.get("accepted") == "true"
        found = clash_lines(kind=query.get("kind", ""), term=term, accepted=accepted)[:MOST]
        return Response(s.ClashSerializer(named(found, request.user), many=True).data)


class ClashAccept(APIView):
    """Accept clashes."""

    permission_classes = [allowed(can_resolve_clashes)]

    @extend_schema(request=s.AcceptClashesInput, responses=s.AcceptedClashes, operation_id="clashes_accept")
    def post(self, request: Request) -> Response:
        """Accept clashes of one pattern, with a reason; the answer counts the dates."""

        def run() -> Response:
            data = s.AcceptClashesInput(data=request.data, context={"request": request})
            data.is_valid(raise_exception=True)
            given = data.validated_data
            lines = [line for line in clash_lines(pattern=given["pattern"]) if line.key in set(given["keys"])]
            pairs = [pair for line in lines for pair in line.pairs]
            return Response({"accepted": operations.accept_clashes(pairs, by=request.user, reason=given["reason"])})

        return once(request, run)
