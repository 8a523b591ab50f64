"""Weeks that the sections of some courses can make together, by script."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import weekdays
from core.access import allowed
from core.filters import refuse_unknown
from courses.models import Section
from students.api.serializers import ClassSerializer, SectionShort
from students.models import StudentProfile
from students.policies import can_plan
from students.queries.alternatives import alternatives
from students.queries.class_search import terms_for
from students.queries.combinations import COUNT_LIMIT
from students.queries.plans import MOST_COURSES, MOST_PLANS, PAGE, Wishes, courses_named, plan_term


class PlanQuery(serializers.Serializer):
    """Courses by their codes, and wishes; what goes against a wish comes later."""

    term = serializers.CharField(required=False, max_length=20, help_text="Its code; left out, the current one.")
    course = serializers.ListField(
        child=serializers.CharField(max_length=40), min_length=1, max_length=MOST_COURSES, help_text="Codes: “CSE 101”."
    )
    earliest = serializers.TimeField(required=False, input_formats=["%H:%M"], default=None)
    latest = serializers.TimeField(required=False, input_formats=["%H:%M"], default=None)
    days_off = serializers.ListField(child=serializers.ChoiceField(weekdays.NAMES), required=False, default=list)
    compact = serializers.BooleanField(required=False, default=False)
    instructor = serializers.ListField(child=serializers.UUIDField(), required=False, default=list)
    page = serializers.IntegerField(required=False, min_value=1, max_value=MOST_PLANS // PAGE, default=1)

    def validate_course(self, codes: list[str]) -> list[str]:
        return list(dict.fromkeys(" ".join(code.split()).upper() for code in codes))


class PlanChoiceSerializer(serializers.Serializer):
    """A wished course: how many ways there are to take it, and how many sections are out of question."""

    course = serializers.CharField(source="course.code")
    ways = serializers.SerializerMethodField()
    full = serializers.IntegerField(source="left_out.full", default=0)
    clashing = serializers.IntegerField(source="left_out.clash", default=0)
    is_enrolled = serializers.BooleanField()

    def get_ways(self, choice: Any) -> int:
        return len(choice.options)


class PlanSerializer(serializers.Serializer):
    """One week: its sections, its days and hours, and what goes against the wishes as a number."""

    sections = SectionShort(many=True)
    days = serializers.SerializerMethodField()
    starts_at = serializers.TimeField(source="facts.starts_at", format="%H:%M", allow_null=True)
    ends_at = serializers.TimeField(source="facts.ends_at", format="%H:%M", allow_null=True)
    gap_minutes = serializers.IntegerField(source="facts.gap_minutes")
    cost = serializers.IntegerField()

    def get_days(self, plan: Any) -> list[str]:
        return [weekdays.NAMES[day] for day in plan.facts["weekdays"]]


class PlannedSerializer(serializers.Serializer):
    """Plans, best first. With `is_more` there are `count` or more; `exact` is false when the order is nearly right."""

    count = serializers.IntegerField()
    is_more = serializers.SerializerMethodField()
    exact = serializers.BooleanField()
    courses = PlanChoiceSerializer(many=True, source="choices")
    plans = PlanSerializer(many=True)

    def get_is_more(self, planned: Any) -> bool:
        return planned.count >= COUNT_LIMIT


class PlanView(APIView):
    permission_classes = [allowed(can_plan)]

    @extend_schema(parameters=[PlanQuery], responses=PlannedSerializer)
    def get(self, request: Request) -> Response:
        """Weeks that open sections with free seats of the named courses make, with what one has already; best first."""
        query = PlanQuery(data=request.query_params)
        refuse_unknown(request.query_params, query.fields)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        terms = terms_for(request.user)
        term = terms.filter(code=given["term"]).first() if "term" in given else terms.current()
        if term is None:
            raise ValidationError({"term": ["There is no such term."]})
        courses = courses_named(given["course"], request.user)
        if missing := [code for code in given["course"] if code not in courses]:
            raise ValidationError({"course": [f"There is no course {code}." for code in missing]})
        student = StudentProfile.objects.filter(user=request.user).first()
        wished = [courses[code] for code in given["course"]]
        first = (given["page"] - 1) * PAGE
        planned = plan_term(student, term, wished, _wishes(given), request.user, first)
        return Response(PlannedSerializer(planned).data)


class AlternativeSerializer(serializers.Serializer):
    """Another section of the course with a free seat; `fits` is true where it overlaps nothing that one has."""

    section = ClassSerializer(source="row")
    fits = serializers.BooleanField()


class AlternativesView(APIView):
    permission_classes = [allowed(can_plan)]

    @extend_schema(responses=AlternativeSerializer(many=True))
    def get(self, request: Request, public_id: Any = None) -> Response:
        """Other open sections of the course with a free seat, those that fit one's own week first."""
        refuse_unknown(request.query_params)
        section = get_object_or_404(
            Section.objects.visible_to(request.user).select_related("term"), public_id=public_id
        )
        student = StudentProfile.objects.filter(user=request.user).first()
        rows = alternatives(student, section, request.user)
        return Response(AlternativeSerializer(rows, many=True, context={"request": request}).data)


def _wishes(given: dict[str, Any]) -> Wishes:
    return Wishes(
        earliest=given["earliest"],
        latest=given["latest"],
        days_off=frozenset(weekdays.NAMES.index(name) for name in given["days_off"]),
        compact=given["compact"],
        instructors=frozenset(str(one) for one in given["instructor"]),
    )
