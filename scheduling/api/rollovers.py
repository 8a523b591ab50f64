"""Copying a term by script: the same steps as the pages."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.api.idempotency import once
from core.access import allowed
from core.filters import refuse_unknown
from core.serializers import StrictSerializer
from courses.api.serializers import IdField
from courses.models import Section, Subject, Term
from scheduling import operations
from scheduling.models import Rollover, RolloverLine
from scheduling.policies import can_roll_over
from scheduling.queries.rollovers import counts_of
from scheduling.queries.shifts import Shift

OPTIONS = ["with_meetings", "with_rooms", "with_instructors", "with_rules", "with_grading"]
MOST = 1_000


class RolloverInput(StrictSerializer):
    """`sections` by id; without them all of the term, or those of `subjects`, that were not cancelled."""

    source = serializers.SlugRelatedField(slug_field="code", queryset=Term.objects.none())
    target = serializers.SlugRelatedField(slug_field="code", queryset=Term.objects.none())
    subjects = serializers.ListField(
        child=serializers.SlugRelatedField(slug_field="code", queryset=Subject.objects.all()),
        required=False,
        max_length=MOST,
    )
    sections = serializers.ListField(
        child=IdField(queryset=Section.objects.all()), required=False, min_length=1, max_length=MOST
    )
    with_meetings = serializers.BooleanField(required=False)
    with_rooms = serializers.BooleanField(required=False)
    with_instructors = serializers.BooleanField(required=False)
    with_rules = serializers.BooleanField(required=False)
    with_grading = serializers.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if request := self.context.get("request"):
            terms = Term.objects.visible_to(request.user).exclude(kind=Term.Kind.YEAR)
            self.fields["source"].queryset = terms
            self.fields["target"].queryset = terms.filter(end_date__gte=timezone.localdate())


class ChosenInput(StrictSerializer):
    """`sections` of the earlier term, by id; without them all that can be copied."""

    sections = serializers.ListField(child=serializers.UUIDField(), required=False, min_length=1, max_length=MOST)


class RolloverSerializer(serializers.ModelSerializer):
    """`counts` of sections by result, `clash` of those with something in the way; `weeks` is how far dates move."""

    id = serializers.UUIDField(source="public_id")
    source = serializers.CharField(source="source.code")
    target = serializers.CharField(source="target.code")
    by = serializers.CharField(source="by.display_name")
    undone_by = serializers.CharField(source="undone_by.display_name", default=None, allow_null=True)
    weeks = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()

    class Meta:
        model = Rollover
        fields = [
            "id", "source", "target", "weeks", *OPTIONS, "state", "done", "message", "by", "created_at", "applied_at",
            "undone_at", "undone_by", "counts",
        ]  # fmt: skip

    def get_weeks(self, rollover: Rollover) -> int:
        return Shift(rollover.source, rollover.target).weeks

    def get_counts(self, rollover: Rollover) -> dict[str, int]:
        return counts_of(rollover)


class NoteSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()


class RolloverLineSerializer(serializers.ModelSerializer):
    """One section: what would become of it, or became of it; `copy` is the section that was made."""

    section = serializers.UUIDField(source="section.public_id")
    name = serializers.CharField(source="section.__str__")
    notes = NoteSerializer(many=True)
    copy = serializers.UUIDField(source="copy.public_id", default=None, allow_null=True)

    class Meta:
        model = RolloverLine
        fields = ["section", "name", "result", "has_clash", "meetings", "notes", "copy"]


class RolloverViewSet(ReadOnlyModelViewSet):
    """Sections of one term that come into another. POST looks at them; nothing is copied until it is applied."""

    permission_classes = [allowed(can_roll_over)]
    serializer_class = RolloverSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    keyset = ("pk",)
    queryset = Rollover.objects.none()
    idempotent = True

    def get_queryset(self) -> QuerySet[Rollover]:
        rows = Rollover.objects.visible_to(self.request.user)
        return rows.select_related("source", "target", "by", "undone_by")

    @extend_schema(request=RolloverInput, responses={201: RolloverSerializer})
    def create(self, request: Request) -> Response:
        """Look at what would become of each section; many are looked at by a job."""

        def deed() -> Response:
            given = self._given(RolloverInput)
            source, target = given.pop("source"), given.pop("target")
            rollover = operations.create_rollover(source, target, by=request.user, **given)
            return Response(self.get_serializer(rollover).data, status=201)

        return once(request, deed)

    @extend_schema(responses=RolloverLineSerializer(many=True))
    @action(detail=True)
    def lines(self, request: Request, public_id: Any = None) -> Response:
        """The sections of one rollover, lectures before what belongs to them."""
        refuse_unknown(request.query_params)
        rows = self.get_object().lines.select_related("section__course__subject", "copy")
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(RolloverLineSerializer(page, many=True).data)

    @extend_schema(request=ChosenInput, responses={200: RolloverSerializer})
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, public_id: Any = None) -> Response:
        """Copy what can be copied, or the given sections of it."""
        rollover = self.get_object()

        def apply() -> Rollover:
            chosen = self._given(ChosenInput).get("sections")
            lines = None if chosen is None else rollover.lines.filter(section__public_id__in=chosen)
            return operations.apply_rollover(rollover, by=request.user, lines=lines)

        return self._deed(request, apply)

    @extend_schema(request=None, responses={200: RolloverSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, public_id: Any = None) -> Response:
        """Take all copies back, or nothing."""
        rollover = self.get_object()
        return self._deed(request, lambda: operations.undo_rollover(rollover, by=request.user))

    def _given(self, serializer: Any) -> dict[str, Any]:
        data = serializer(data=self.request.data, context=self.get_serializer_context())
        data.is_valid(raise_exception=True)
        return dict(data.validated_data)

    def _deed(self, request: Request, deed: Callable[[], Rollover]) -> Response:
        def answer() -> Response:
            rollover = deed()
            return Response(self.get_serializer(self.get_queryset().get(pk=rollover.pk)).data)

        return once(request, answer)
