"""Buildings, rooms and closures, to read."""

from typing import Any

from rest_framework import serializers, viewsets

from core.access import Authenticated
from scheduling.models import Building, Closure, Room


class BuildingSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Building
        fields = ["id", "code", "name", "zone"]


class RoomSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    building: Any = serializers.SlugRelatedField(slug_field="public_id", read_only=True)

    class Meta:
        model = Room
        fields = ["id", "building", "code", "name", "capacity", "is_accessible", "is_active"]


class ClosureSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Closure
        fields = ["id", "name", "start_date", "end_date"]


class _Read(viewsets.ReadOnlyModelViewSet):
    permission_classes = [Authenticated]
    lookup_field = "public_id"
    lookup_value_converter = "uuid"


class BuildingViewSet(_Read):
    serializer_class = BuildingSerializer
    queryset = Building.objects.all()


class RoomViewSet(_Read):
    serializer_class = RoomSerializer
    queryset = Room.objects.none()

    def get_queryset(self):
        return Room.objects.visible_to(self.request.user).select_related("building")


class ClosureViewSet(_Read):
    serializer_class = ClosureSerializer
    queryset = Closure.objects.all()
