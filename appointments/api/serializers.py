"""What goes in and out of the API about office hours."""

from typing import Any

from rest_framework import serializers

from appointments.models import Appointment, AppointmentType, AvailabilityOverride, AvailabilityRule
from appointments.policies import is_party
from core import weekdays
from core.serializers import StrictSerializer, ZoneField
from courses.models import Section


class PartySerializer(serializers.Serializer):
    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField(source="display_name")


class AppointmentTypeSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    host = PartySerializer(read_only=True)
    zone = serializers.CharField(source="schedule.zone", read_only=True)
    # Empty: it is for everybody.
    sections: Any = serializers.SlugRelatedField(slug_field="public_id", many=True, read_only=True)

    class Meta:
        model = AppointmentType
        fields = [
            "id",
            "title",
            "description",
            "host",
            "zone",
            "modality",
            "location",
            "duration_minutes",
            "interval_minutes",
            "buffer_before_minutes",
            "buffer_after_minutes",
            "notice_minutes",
            "cancel_cutoff_minutes",
            "move_cutoff_minutes",
            "horizon",
            "horizon_days",
            "opens_on",
            "closes_on",
            "seats",
            "max_open_per_student",
            "max_total_per_student",
            "allow_class_conflict",
            "needs_confirmation",
            "answer_hours",
            "sections",
            "status",
        ]


class TypeInputSerializer(StrictSerializer):
    title = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=5_000, required=False, allow_blank=True)
    modality = serializers.ChoiceField(choices=AppointmentType.Modality.choices, required=False)
    location = serializers.CharField(max_length=300, required=False, allow_blank=True)
    duration_minutes = serializers.IntegerField(min_value=5, max_value=480, required=False)
    interval_minutes = serializers.IntegerField(min_value=5, max_value=480, required=False)
    buffer_before_minutes = serializers.IntegerField(min_value=0, max_value=240, required=False)
    buffer_after_minutes = serializers.IntegerField(min_value=0, max_value=240, required=False)
    notice_minutes = serializers.IntegerField(min_value=0, max_value=525_600, required=False)
    cancel_cutoff_minutes = serializers.IntegerField(min_value=0, max_value=525_600, required=False)
    move_cutoff_minutes = serializers.IntegerField(min_value=0, max_value=525_600, required=False)
    horizon = serializers.ChoiceField(choices=AppointmentType.Horizon.choices, required=False)
    horizon_days = serializers.IntegerField(min_value=1, max_value=730, required=False)
    opens_on = serializers.DateField(required=False, allow_null=True)
    closes_on = serializers.DateField(required=False, allow_null=True)
    seats = serializers.IntegerField(min_value=1, max_value=500, required=False)
    max_open_per_student = serializers.IntegerField(min_value=0, max_value=1_000, required=False, allow_null=True)
    max_total_per_student = serializers.IntegerField(min_value=0, max_value=1_000, required=False, allow_null=True)
    allow_class_conflict = serializers.BooleanField(required=False)
    needs_confirmation = serializers.BooleanField(required=False)
    answer_hours = serializers.IntegerField(min_value=1, max_value=168, required=False)
    # Sections that the host teaches; none: it is for everybody.
    sections = serializers.ListField(child=serializers.UUIDField(), max_length=200, required=False)

    def validate_sections(self, ids):
        taught = list(Section.objects.taught_by(self.context["host"]).filter(public_id__in=ids))
        if len(taught) != len(set(ids)):
            raise serializers.ValidationError("Name sections that you teach.")
        return taught


class SpanSerializer(StrictSerializer):
    """Instants with an offset; at most 62 days."""

    is_query = True
    despite_class = serializers.BooleanField(required=False, default=False)

    def get_fields(self):
        # The names of the parameters, one of which Python keeps for itself.
        return {"from": serializers.DateTimeField(), "to": serializers.DateTimeField(), **super().get_fields()}


class SlotSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    seats_left = serializers.IntegerField()
    during_class = serializers.BooleanField()


class RuleSerializer(serializers.Serializer):
    rule = serializers.CharField()
    passed = serializers.BooleanField()
    reason = serializers.CharField()
    facts = serializers.DictField()
    lifted_by = serializers.CharField(allow_null=True)


class SlotListSerializer(serializers.Serializer):
    slots = SlotSerializer(many=True)
    hidden = serializers.IntegerField(help_text="Times left out because the caller is not free then.")
    rules = RuleSerializer(many=True, help_text="Why nothing can be booked at all; empty when something can.")


class AppointmentSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    type = serializers.UUIDField(source="session.type.public_id", read_only=True)
    title = serializers.CharField(source="session.type.title", read_only=True)
    host = PartySerializer(source="session.host", read_only=True)
    student = PartySerializer(read_only=True)
    starts_at = serializers.DateTimeField(source="session.starts_at", read_only=True)
    ends_at = serializers.DateTimeField(source="session.ends_at", read_only=True)
    location = serializers.CharField(source="session.location", read_only=True)
    # What it is about is for its parties.
    topic = serializers.SerializerMethodField()

    class Meta:
        model = Appointment
        fields = [
            "id",
            "type",
            "title",
            "host",
            "student",
            "starts_at",
            "ends_at",
            "location",
            "status",
            "topic",
            "cancel_reason",
            "booked_at",
            "hold_expires_at",
            "cancelled_at",
            "ical_uid",
            "ical_sequence",
        ]

    def get_topic(self, appointment: Appointment) -> str:
        return appointment.topic if is_party(self.context["request"].user, appointment) else ""


class BookSerializer(StrictSerializer):
    type = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    topic = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    # A host names the student; left out, it is the caller.
    student = serializers.UUIDField(required=False)
    despite_class = serializers.BooleanField(required=False, default=False)


class MoveSerializer(StrictSerializer):
    starts_at = serializers.DateTimeField()
    despite_class = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class CancelSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class WeekdayField(serializers.ChoiceField):
    """The name of a weekday to a script, its number inside."""

    def __init__(self, **kwargs):
        super().__init__(choices=weekdays.NAMES, **kwargs)

    def to_internal_value(self, data):
        return weekdays.NAMES.index(super().to_internal_value(data))

    def to_representation(self, value):
        return weekdays.NAMES[value]


class HoursSerializer(StrictSerializer):
    weekday = WeekdayField()
    start_time = serializers.TimeField()
    end_time = serializers.TimeField()
    start_date = serializers.DateField(required=False, allow_null=True, default=None)
    end_date = serializers.DateField(required=False, allow_null=True, default=None)

    def validate(self, attrs):
        if attrs["end_time"] <= attrs["start_time"]:
            raise serializers.ValidationError({"end_time": ["A window must end after it starts."]})
        first, last = attrs["start_date"], attrs["end_date"]
        if first and last and last < first:
            raise serializers.ValidationError({"end_date": ["The last day cannot be before the first."]})
        return attrs


class OverrideInputSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=AvailabilityOverride.Kind.choices)
    start_date = serializers.DateField()
    end_date = serializers.DateField()
    start_time = serializers.TimeField(required=False, allow_null=True, default=None)
    end_time = serializers.TimeField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class AvailabilityInputSerializer(StrictSerializer):
    zone = ZoneField(required=False)
    hours = HoursSerializer(many=True, max_length=100)


class WindowSerializer(serializers.ModelSerializer):
    weekday = WeekdayField()

    class Meta:
        model = AvailabilityRule
        fields = ["weekday", "start_time", "end_time", "start_date", "end_date"]


class OverrideSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = AvailabilityOverride
        fields = ["id", "kind", "start_date", "end_date", "start_time", "end_time", "note"]


class AvailabilitySerializer(serializers.Serializer):
    zone = serializers.CharField()
    hours = WindowSerializer(source="rules", many=True)
    overrides = OverrideSerializer(many=True)


class EntrySerializer(serializers.Serializer):
    kind = serializers.CharField()
    uid = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    title = serializers.CharField()
    place = serializers.CharField()
    is_cancelled = serializers.BooleanField()


class TimetableSerializer(serializers.Serializer):
    week = serializers.DateField()
    zone = serializers.CharField()
    entries = EntrySerializer(many=True)


class FeedSerializer(serializers.Serializer):
    is_on = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)


class FeedAddressSerializer(serializers.Serializer):
    address = serializers.URLField()
