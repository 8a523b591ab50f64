"""Self-enrollment by key, invitation or domain, and seats that are kept for an address, by script."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.idempotency import once
from core.access import Authenticated, allowed
from core.filters import refuse_unknown
from core.serializers import StrictSerializer
from courses.api.serializers import IdField
from courses.models import Section
from students import operations
from students.api.rule_views import RuleViewSet
from students.api.serializers import ReasonInput
from students.errors import MayNotEnroll, MayNotSetRules
from students.models import ClassInvitation, PreEnrollment, SelfEnrollment
from students.policies import can_edit_registration, can_enroll_others

MOST_ADDRESSES, MOST_DOMAINS = 1_000, 50


class SelfEnrollmentInput(StrictSerializer):
    """All of it is set anew, but what is left out of `key` and `invited` stays; an empty key removes it."""

    key = serializers.CharField(min_length=6, max_length=100, required=False, allow_blank=True)
    domains = serializers.ListField(
        child=serializers.CharField(max_length=253), required=False, max_length=MOST_DOMAINS
    )
    by_invitation = serializers.BooleanField(required=False)
    invited = serializers.ListField(child=serializers.EmailField(), required=False, max_length=MOST_ADDRESSES)


class SelfEnrollmentSerializer(serializers.Serializer):
    """What those who enroll themselves show; one of `ways` is enough, none asks nothing. The key is told nobody."""

    ways = serializers.ListField(child=serializers.ChoiceField(["key", "invitation", "domain"]))
    domains = serializers.ListField(child=serializers.CharField())
    by_invitation = serializers.BooleanField()
    key_set_at = serializers.DateTimeField(allow_null=True)
    invited = serializers.ListField(child=serializers.EmailField())


class KeyInput(StrictSerializer):
    key = serializers.CharField(max_length=100)


class KeyAnswer(serializers.Serializer):
    shown_at = serializers.DateTimeField()


class PreEnrollmentInput(StrictSerializer):
    section = IdField(queryset=Section.objects.all())
    email = serializers.EmailField(max_length=254)
    expires_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class PreEnrollmentSerializer(serializers.ModelSerializer):
    """A seat that is kept for an address. `refused_code`: why its owner has not got it although it was confirmed."""

    id = serializers.UUIDField(source="public_id")
    section = serializers.UUIDField(source="section.public_id")
    enrollment = serializers.UUIDField(source="enrollment.public_id", default=None, allow_null=True)

    class Meta:
        model = PreEnrollment
        fields = [
            "id", "section", "email", "state", "expires_at", "reason", "at", "refused_code", "refused_reason",
            "enrollment", "closed_at",
        ]  # fmt: skip


class SelfEnrollmentView(APIView):
    """What those who enroll themselves in a section show, for the office."""

    permission_classes = [Authenticated]

    @extend_schema(responses=SelfEnrollmentSerializer)
    def get(self, request: Request, public_id: Any) -> Response:
        refuse_unknown(request.query_params)
        return _answer(_office_section(request, public_id))

    @extend_schema(request=SelfEnrollmentInput, responses=SelfEnrollmentSerializer)
    def put(self, request: Request, public_id: Any) -> Response:
        section = _office_section(request, public_id)
        data = SelfEnrollmentInput(data=request.data)
        data.is_valid(raise_exception=True)
        operations.set_self_enrollment(section, by=request.user, **data.validated_data)
        return _answer(section)


def _office_section(request: Request, public_id: Any) -> Section:
    section = get_object_or_404(Section.objects.visible_to(request.user), public_id=public_id)
    if not can_edit_registration(request.user):
        raise MayNotSetRules()
    return section


def _answer(section: Section) -> Response:
    row = SelfEnrollment.objects.filter(section=section).first() or SelfEnrollment(section=section)
    invited = ClassInvitation.objects.filter(section=section).values_list("email", flat=True)
    said = {
        "ways": row.ways,
        "domains": row.domains.split(),
        "by_invitation": row.by_invitation,
        "key_set_at": row.key_set_at,
        "invited": list(invited),
    }
    return Response(SelfEnrollmentSerializer(said).data)


class KeyView(APIView):
    """Show the key of a section; then a seat can be asked for."""

    permission_classes = [Authenticated]

    @extend_schema(request=KeyInput, responses=KeyAnswer)
    def post(self, request: Request, public_id: Any) -> Response:
        section = get_object_or_404(Section.objects.visible_to(request.user), public_id=public_id)
        if not request.user.has_perm("students.enroll_self"):
            raise MayNotEnroll()
        data = KeyInput(data=request.data)
        data.is_valid(raise_exception=True)
        student = operations.ensure_profile(request.user)
        shown = operations.show_key(student, section, data.validated_data["key"], by=request.user)
        return Response({"shown_at": shown.at})


class PreEnrollmentViewSet(RuleViewSet):
    """Seats that are kept for addresses whose owners have no account yet, for staff."""

    permission_classes = [allowed(can_enroll_others)]
    serializer_class = PreEnrollmentSerializer
    queryset = PreEnrollment.objects.none()

    def get_queryset(self) -> QuerySet[PreEnrollment]:
        return PreEnrollment.objects.visible_to(self.request.user).select_related("section", "enrollment")

    @extend_schema(request=PreEnrollmentInput, responses={201: PreEnrollmentSerializer})
    def create(self, request: Request) -> Response:
        """Keep a seat for an address."""

        def deed() -> Response:
            given = self.given(PreEnrollmentInput)
            return self.answer(operations.pre_enroll(given.pop("section"), by=request.user, **given), 201)

        return once(request, deed)

    @extend_schema(request=ReasonInput, responses={200: PreEnrollmentSerializer})
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, public_id: Any = None) -> Response:
        """Take the kept seat back; it goes to the line."""
        row = self.get_object()

        def deed() -> Response:
            return self.answer(operations.drop_pre_enrollment(row, by=request.user, **self.given(ReasonInput)))

        return once(request, deed)
