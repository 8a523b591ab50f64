"""Data requests by script, to read alone: asking, fetching and deciding take a fresh sign-in in a browser."""

from django.db.models import QuerySet
from django.urls import URLPattern, URLResolver
from rest_framework import serializers
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ReadOnlyModelViewSet

from core.access import Authenticated
from coursemgmt.models import DataRequest


class DataRequestSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    person = serializers.UUIDField(source="subject.public_id", read_only=True)

    class Meta:
        model = DataRequest
        fields = ["id", "kind", "person", "state", "asked_at", "due_at", "ready_at", "expires_at", "closed_at"]


class DataRequestViewSet(ReadOnlyModelViewSet):
    """Who asked for a copy of their data or its erasure and how far it is: one's own, all for the course office."""

    permission_classes = [Authenticated]
    serializer_class = DataRequestSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = DataRequest.objects.none()

    def get_queryset(self) -> QuerySet[DataRequest]:
        found: QuerySet[DataRequest] = DataRequest.objects.visible_to(self.request.user).select_related("subject")
        return found


router = SimpleRouter(use_regex_path=False)
router.register("data-requests", DataRequestViewSet, basename="api_data_request")
urlpatterns: list[URLPattern | URLResolver] = router.urls
