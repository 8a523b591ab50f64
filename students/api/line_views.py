"""What everybody may know of a line, by script."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import Authenticated
from core.filters import refuse_unknown
from courses.models import Section
from students.models import WaitlistEvent
from students.queries.ledger import earlier_lines, ledger


class StepSerializer(serializers.Serializer):
    """One step: `number` is that of the place in line, `digest` the SHA-256 of the digest before and of this step."""

    position = serializers.IntegerField()
    at = serializers.DateTimeField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=WaitlistEvent.Kind.choices)
    why = serializers.CharField()
    digest = serializers.CharField()
    is_in_order = serializers.BooleanField()


class EarlierSerializer(serializers.Serializer):
    waited = serializers.IntegerField()
    got_in = serializers.IntegerField()


class LedgerSerializer(serializers.Serializer):
    """`earlier_terms` is null where too few have waited for the course to say anything."""

    steps = StepSerializer(many=True)
    earlier_terms = EarlierSerializer(allow_null=True)


class LedgerView(APIView):
    """All that happened to the line of a section, oldest first, without names."""

    permission_classes = [Authenticated]

    @extend_schema(responses=LedgerSerializer)
    def get(self, request: Request, public_id: Any) -> Response:
        refuse_unknown(request.query_params)
        sections = Section.objects.visible_to(request.user).select_related("term")
        section = get_object_or_404(sections, public_id=public_id)
        found = {"steps": ledger(section), "earlier_terms": earlier_lines(section)}
        return Response(LedgerSerializer(found).data)
