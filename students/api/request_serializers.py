"""What goes in and out of the API about requests for exceptions."""

from rest_framework import serializers

from core.serializers import StrictSerializer
from students.api.serializers import SectionInput, SectionShort
from students.models import OverrideRequest, RuleKind


class OverrideRequestSerializer(serializers.ModelSerializer):
    """A request that one rule be lifted, with the answer when there is one."""

    id = serializers.UUIDField(source="public_id")
    student = serializers.UUIDField(source="student.public_id")
    name = serializers.CharField(source="student.user.display_name")
    section = SectionShort()

    class Meta:
        model = OverrideRequest
        fields = [
            "id", "student", "name", "section", "kind", "message", "state", "asked_at", "decided_at", "reason",
        ]  # fmt: skip


class AskInput(SectionInput):
    kind = serializers.ChoiceField(choices=RuleKind.choices)
    message = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class DeclineInput(StrictSerializer):
    reason = serializers.CharField(max_length=500)


class GrantInput(DeclineInput):
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
