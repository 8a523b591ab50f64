"""What goes in and out of the API about holds, windows, restrictions and reserved seats."""

from typing import Any

from rest_framework import serializers

from core.serializers import StrictSerializer
from courses.api.serializers import IdField
from courses.models import Course, Section, Term
from students.api.serializers import StudentInput
from students.models import Hold, Level, Program, RegistrationWindow, Restriction, SeatReservation, Standing

CREDITS: dict[str, Any] = {"max_digits": 5, "decimal_places": 2, "min_value": 0, "required": False, "allow_null": True}


class HoldSerializer(serializers.ModelSerializer):
    """A stop that an office puts on a student until something is settled."""

    id = serializers.UUIDField(source="public_id")
    student = serializers.UUIDField(source="student.public_id")

    class Meta:
        model = Hold
        fields = [
            "id", "student", "cause", "office", "note", "blocks_register", "blocks_drop", "blocks_transcript",
            "placed_at", "released_at", "release_reason",
        ]  # fmt: skip


class HoldInput(StudentInput):
    student = serializers.UUIDField()
    cause = serializers.ChoiceField(choices=Hold.Cause.choices)
    office = serializers.CharField(max_length=80)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    blocks_register = serializers.BooleanField(default=True)
    blocks_drop = serializers.BooleanField(default=False)
    blocks_transcript = serializers.BooleanField(default=False)


class ReleaseInput(StrictSerializer):
    reason = serializers.CharField(max_length=300)


class AudienceInput(StrictSerializer):
    """Whom it is for; what is left out or empty asks nothing."""

    level = serializers.ChoiceField(choices=Level.choices, required=False, allow_blank=True)
    standing = serializers.ChoiceField(choices=Standing.choices, required=False, allow_blank=True)
    program = serializers.SlugRelatedField(
        slug_field="code", queryset=Program.objects.all(), required=False, allow_null=True
    )


class AudienceSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    program = serializers.CharField(source="program.code", default=None, allow_null=True)


class RegistrationWindowSerializer(AudienceSerializer):
    """When some students register for a term. Of several that fit a student the lowest priority holds."""

    term = serializers.CharField(source="term.code")
    fallback = serializers.UUIDField(source="fallback.public_id", default=None, allow_null=True)

    class Meta:
        model = RegistrationWindow
        fields = [
            "id", "term", "name", "level", "standing", "program", "credits_from", "priority", "opens_at", "closes_at",
            "credits_min", "credits_max", "fallback",
        ]  # fmt: skip


class WindowFacts(AudienceInput):
    name = serializers.CharField(max_length=80)
    credits_from = serializers.DecimalField(**CREDITS | {"max_digits": 6})
    priority = serializers.IntegerField(min_value=0, max_value=32767, required=False)
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField(required=False, allow_null=True)
    credits_min = serializers.DecimalField(**CREDITS)
    credits_max = serializers.DecimalField(**CREDITS)
    fallback = serializers.SlugRelatedField(
        slug_field="public_id", queryset=RegistrationWindow.objects.all(), required=False, allow_null=True
    )


class NewWindowInput(WindowFacts):
    term = serializers.SlugRelatedField(slug_field="code", queryset=Term.objects.all())


class RestrictionSerializer(AudienceSerializer):
    """Whom a course or a section takes; where there are several, one that fits is enough."""

    course = serializers.UUIDField(source="course.public_id", default=None, allow_null=True)
    section = serializers.UUIDField(source="section.public_id", default=None, allow_null=True)

    class Meta:
        model = Restriction
        fields = ["id", "course", "section", "level", "standing", "program"]


class RestrictionInput(AudienceInput):
    """For one course or one section."""

    course = IdField(queryset=Course.objects.all(), required=False)
    section = IdField(queryset=Section.objects.all(), required=False)

    def validate(self, attrs: Any) -> Any:
        if ("course" in attrs) == ("section" in attrs):
            raise serializers.ValidationError("Name a course or a section.")
        return attrs


class ReservationSerializer(AudienceSerializer):
    """Seats of a section that are kept for some students until an instant."""

    section = serializers.UUIDField(source="section.public_id")

    class Meta:
        model = SeatReservation
        fields = ["id", "section", "seats", "level", "standing", "program", "releases_at", "priority"]


class ReservationInput(AudienceInput):
    section = IdField(queryset=Section.objects.all())
    seats = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    releases_at = serializers.DateTimeField(required=False, allow_null=True)
    priority = serializers.IntegerField(min_value=0, max_value=32767, required=False)


class TermRegistrationSerializer(serializers.Serializer):
    """A student's registration in one term; `opens_at` is the next instant at which the own window opens."""

    term = serializers.CharField(source="term.code")
    window = serializers.CharField(source="ticket.window.name", default=None, allow_null=True)
    is_open = serializers.BooleanField()
    opens_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    credits = serializers.DecimalField(max_digits=8, decimal_places=2)
    credits_min = serializers.DecimalField(source="ticket.credits_min", max_digits=5, decimal_places=2, allow_null=True)
    credits_max = serializers.DecimalField(source="ticket.credits_max", max_digits=5, decimal_places=2, allow_null=True)
    is_below = serializers.BooleanField(help_text="Fewer credits than the least.")


class RegistrationSerializer(serializers.Serializer):
    terms = TermRegistrationSerializer(many=True)
    holds = HoldSerializer(many=True)


class TogetherInput(StudentInput):
    """`sections` are taken all or none; `student` is for staff."""

    sections = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=20)

    def validate_sections(self, value: Any) -> list[Section]:
        user = self.context["request"].user
        found = Section.objects.visible_to(user).select_related("course__subject", "term", "cross_list_group")
        known = {row.public_id: row for row in found.filter(public_id__in=value)}
        if set(value) - set(known):
            raise serializers.ValidationError("There is no such section.")
        return [known[key] for key in value]


class ApprovalInput(StudentInput):
    """`message` is read by whoever approves; `student` is for staff."""

    message = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")
