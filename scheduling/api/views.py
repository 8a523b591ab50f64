"""Buildings, rooms, closures, patterns and dated meetings by script, by the same deeds as the pages."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.idempotency import once
from core.access import Authenticated
from courses.api.views import CatalogViewSet
from courses.models import Section
from scheduling import operations
from scheduling.api import filters
from scheduling.api import serializers as s
from scheduling.models import Building, Closure, Meeting, MeetingPattern, Room
from scheduling.policies import can_edit_meetings, can_edit_rooms


class SchedulingViewSet(CatalogViewSet):
    """Reading for those who are signed in; deeds as in the catalogue."""

    permission_classes = [Authenticated]


class BuildingViewSet(SchedulingViewSet):
    """Buildings; their zone is the wall clock of what happens in them."""

    serializer_class = s.BuildingSerializer
    filterset_class = filters.BuildingFilter
    keyset = ("code",)
    queryset = Building.objects.all()

    @extend_schema(request=s.BuildingInput, responses={201: s.BuildingSerializer})
    def create(self, request: Request) -> Response:
        """Make a building."""

        def run() -> Response:
            self.may(can_edit_rooms)
            return self.answer(operations.create_building(by=request.user, **self.given(s.BuildingInput)), 201)

        return once(request, run)

    @extend_schema(request=s.BuildingInput(partial=True), responses=s.BuildingSerializer)
    def partial_update(self, request: Request, public_id: Any = None) -> Response:
        """Change the given fields of a building."""
        building = self.get_object()
        self.may(can_edit_rooms)
        data = self.given(s.BuildingInput, partial=True)
        return self.answer(operations.change_building(building, by=request.user, **data))


class RoomViewSet(SchedulingViewSet):
    """Rooms. `is_active` false takes one out of use: nothing new is planned in it."""

    serializer_class = s.RoomSerializer
    filterset_class = filters.RoomFilter
    keyset = ("building__code", "code", "pk")
    queryset = Room.objects.none()

    def get_queryset(self) -> QuerySet[Room]:
        rooms = Room.objects.visible_to(self.request.user)
        return rooms.select_related("building").prefetch_related("features")

    @extend_schema(request=s.RoomInput, responses={201: s.RoomSerializer})
    def create(self, request: Request) -> Response:
        """Make a room."""

        def run() -> Response:
            self.may(can_edit_rooms)
            return self.answer(operations.create_room(by=request.user, **self.given(s.RoomInput)), 201)

        return once(request, run)

    @extend_schema(request=s.RoomInput(partial=True), responses=s.RoomSerializer)
    def partial_update(self, request: Request, public_id: Any = None) -> Response:
        """Change the given fields of a room."""
        room = self.get_object()
        self.may(can_edit_rooms)
        return self.answer(operations.change_room(room, by=request.user, **self.given(s.RoomInput, partial=True)))


class ClosureViewSet(SchedulingViewSet):
    """Days on which nothing meets. What met on them is cancelled; opened again, it stands again."""

    serializer_class = s.ClosureSerializer
    filterset_class = filters.ClosureFilter
    keyset = ("start_date", "pk")
    queryset = Closure.objects.all()

    @extend_schema(request=s.ClosureInput, responses={201: s.ClosureSerializer})
    def create(self, request: Request) -> Response:
        """Close days."""

        def run() -> Response:
            self.may(can_edit_rooms)
            data = self.given(s.ClosureInput)
            closure = operations.add_closure(data["name"], data["start_date"], data["end_date"], by=request.user)
            return self.answer(closure, 201)

        return once(request, run)

    @extend_schema(request=s.ClosureDays, responses=s.ClosureChange)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, public_id: Any = None) -> Response:
        """Close other days instead."""

        def run() -> Response:
            closure = self.get_object()
            self.may(can_edit_rooms)
            days = self.given(s.ClosureDays)
            clashes = operations.move_closure(closure, days["start_date"], days["end_date"], by=request.user)
            return Response({"clashes": len(clashes)})

        return once(request, run)

    @extend_schema(responses={200: s.ClosureChange})
    def destroy(self, request: Request, public_id: Any = None) -> Response:
        """Open the days again."""
        closure = self.get_object()
        self.may(can_edit_rooms)
        return Response({"clashes": len(operations.remove_closure(closure, by=request.user))})


class PatternViewSet(SchedulingViewSet):
    """When and where sections meet, of the sections that the caller may see."""

    serializer_class = s.PatternSerializer
    filterset_class = filters.PatternFilter
    keyset = ("pk",)
    queryset = MeetingPattern.objects.none()

    def get_queryset(self) -> QuerySet[MeetingPattern]:
        seen = Section.objects.visible_to(self.request.user)
        patterns = MeetingPattern.objects.visible_to(self.request.user).select_related("term", "room__building")
        return patterns.prefetch_related(Prefetch("sections", queryset=seen), "instructors")

    @extend_schema(request=s.PatternInput, responses={201: s.PatternSerializer})
    def create(self, request: Request) -> Response:
        """Plan meetings. A taken room or instructor is a 409 whose facts name what is in the way."""

        def run() -> Response:
            self.may(can_edit_meetings)
            data = self.given(s.PatternInput)
            sections = data.pop("sections")
            return self.answer(operations.schedule_pattern(sections, by=request.user, **data), 201)

        return once(request, run)

    @extend_schema(request=s.PatternFacts(partial=True), responses=s.PatternSerializer)
    def partial_update(self, request: Request, public_id: Any = None) -> Response:
        """Change a pattern from now on; past meetings, and those moved or cancelled by hand, stay."""
        pattern = self.get_object()
        self.may(can_edit_meetings)
        data = self.given(s.PatternFacts, partial=True)
        return self.answer(operations.change_pattern(pattern, by=request.user, **data))

    @extend_schema(request=s.MeetingReasonInput, responses=s.PatternSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: Any = None) -> Response:
        """Cancel what is to come of a pattern."""

        def run() -> Response:
            pattern = self.get_object()
            self.may(can_edit_meetings)
            operations.cancel_pattern(pattern, by=request.user, **self.given(s.MeetingReasonInput))
            return self.answer(pattern)

        return once(request, run)


class MeetingViewSet(SchedulingViewSet):
    """Dated meetings of the sections that the caller may see."""

    serializer_class = s.MeetingSerializer
    filterset_class = filters.MeetingFilter
    keyset = ("starts_at", "pk")
    queryset = Meeting.objects.none()

    def get_queryset(self) -> QuerySet[Meeting]:
        seen = Section.objects.visible_to(self.request.user)
        meetings = Meeting.objects.visible_to(self.request.user).select_related("pattern", "room__building")
        return meetings.prefetch_related(Prefetch("pattern__sections", queryset=seen))

    @extend_schema(request=s.MeetingReasonInput, responses=s.MeetingSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, public_id: Any = None) -> Response:
        """Cancel one dated meeting; the pattern stays."""

        def run() -> Response:
            meeting = self.get_object()
            self.may(can_edit_meetings)
            return self.answer(operations.cancel_meeting(meeting, by=request.user, **self.given(s.MeetingReasonInput)))

        return once(request, run)

    @extend_schema(request=s.MoveInput, responses=s.MeetingSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, public_id: Any = None) -> Response:
        """Move one dated meeting to another time or room; the pattern stays."""

        def run() -> Response:
            meeting = self.get_object()
            self.may(can_edit_meetings)
            return self.answer(operations.move_meeting(meeting, by=request.user, **self.given(s.MoveInput)))

        return once(request, run)
