"""What goes in and out of the API about rooms and times."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from core import weekdays
from core.serializers import StrictSerializer, ZoneField
from courses.api.serializers import IdField
from courses.models import Section
from scheduling.models import Building, Closure, Meeting, MeetingPattern, Room


class BuildingSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Building
        fields = ["id", "code", "name", "zone"]


class BuildingInput(StrictSerializer):
    """`zone` is an IANA name; without it, the campus's."""

    code = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=120)
    zone = ZoneField(required=False)


class RoomSerializer(serializers.ModelSerializer):
    """`capacity` null: nobody knows."""

    id = serializers.UUIDField(source="public_id")
    building = serializers.UUIDField(source="building.public_id")
    label = serializers.CharField(source="__str__")
    features = serializers.SerializerMethodField()

    class Meta:
        model = Room
        fields = ["id", "building", "code", "label", "name", "capacity", "is_accessible", "is_active", "features"]

    def get_features(self, room: Room) -> list[str]:
        return [row.name for row in room.features.all()]


class RoomInput(StrictSerializer):
    building = IdField(queryset=Building.objects.all())
    code = serializers.CharField(max_length=30)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    capacity = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    is_accessible = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)
    features = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=30)


class ClosureSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Closure
        fields = ["id", "name", "start_date", "end_date"]


class ClosureDays(StrictSerializer):
    start_date = serializers.DateField()
    end_date = serializers.DateField()


class ClosureInput(ClosureDays):
    name = serializers.CharField(max_length=120)


class ClosureChange(serializers.Serializer):
    """What a moved or removed closure left: how many claims clash because their time was taken meanwhile."""

    clashes = serializers.IntegerField()


class TeachingPerson(serializers.Serializer):
    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField(source="display_name")


class PatternSerializer(serializers.ModelSerializer):
    """A rule by which sections meet. Times are wall clock in `zone`; `sections` are those that the caller may see."""

    id = serializers.UUIDField(source="public_id")
    term = serializers.CharField(source="term.code")
    sections = serializers.SerializerMethodField()
    days = serializers.SerializerMethodField()
    room = serializers.UUIDField(source="room.public_id", default=None, allow_null=True)
    instructors = TeachingPerson(many=True)

    class Meta:
        model = MeetingPattern
        fields = [
            "id", "term", "sections", "kind", "schedule_type", "is_tba", "days", "start_time", "end_time", "zone",
            "start_date", "end_date", "interval_weeks", "room", "instructors",
        ]  # fmt: skip

    def get_sections(self, pattern: MeetingPattern) -> list[str]:
        return [str(section.public_id) for section in pattern.sections.all()]

    def get_days(self, pattern: MeetingPattern) -> list[str]:
        return weekdays.names_of(pattern.days)


class PatternFacts(StrictSerializer):
    """Without `start_time` the meetings are to be arranged. A reason keeps a small room, or a clash."""

    days = serializers.ListField(child=serializers.ChoiceField(choices=weekdays.NAMES), required=False, max_length=7)
    start_time = serializers.TimeField(required=False, allow_null=True)
    end_time = serializers.TimeField(required=False, allow_null=True)
    start_date = serializers.DateField(required=False)
    end_date = serializers.DateField(required=False)
    interval_weeks = serializers.IntegerField(required=False, min_value=1, max_value=4)
    room = IdField(queryset=Room.objects.select_related("building"), required=False, allow_null=True)
    instructors = serializers.ListField(child=IdField(queryset=User.objects.all()), required=False, max_length=40)
    kind = serializers.ChoiceField(choices=MeetingPattern.Kind.choices, required=False)
    schedule_type = serializers.CharField(max_length=10, required=False, allow_blank=True)
    capacity_reason = serializers.CharField(max_length=200, required=False, allow_blank=True)
    clash_reason = serializers.CharField(max_length=200, required=False, allow_blank=True)

    def validate_days(self, value: list[str]) -> int:
        return weekdays.mask_of(value)

    def validate(self, attrs: Any) -> Any:
        # Whoever says why means it.
        if attrs.get("capacity_reason", "").strip():
            attrs["ignore_capacity"] = True
        return attrs


class PatternInput(PatternFacts):
    """Which sections, of one term, meet together. First and last day are the section's unless given."""

    sections = serializers.ListField(
        child=IdField(queryset=Section.objects.select_related("term")), min_length=1, max_length=40
    )


class MeetingSerializer(serializers.ModelSerializer):
    """One dated meeting. `zone` is the wall clock of its place, `room` where it is held."""

    id = serializers.UUIDField(source="public_id")
    pattern = serializers.UUIDField(source="pattern.public_id")
    sections = serializers.SerializerMethodField()
    zone = serializers.CharField(source="pattern.zone")
    room = serializers.UUIDField(source="room.public_id", default=None, allow_null=True)

    class Meta:
        model = Meeting
        fields = [
            "id", "pattern", "sections", "starts_at", "ends_at", "original_start", "zone", "room", "status",
            "is_shifted", "reason",
        ]  # fmt: skip

    def get_sections(self, meeting: Meeting) -> list[str]:
        return [str(section.public_id) for section in meeting.pattern.sections.all()]


class MeetingReasonInput(StrictSerializer):
    """Those who come to the class read it."""

    reason = serializers.CharField(max_length=200)


class MoveInput(MeetingReasonInput):
    """Without `room` it stays in the room it has."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    room = IdField(queryset=Room.objects.select_related("building"), required=False, allow_null=True)
    clash_reason = serializers.CharField(max_length=200, required=False, allow_blank=True)

    def validate(self, attrs: Any) -> Any:
        if attrs["ends_at"] <= attrs["starts_at"]:
            raise serializers.ValidationError({"ends_at": ["A meeting must end after it starts."]})
        return attrs


class WeekTimetableEntry(serializers.Serializer):
    """`title` is "Busy" where the caller may not know more."""

    title = serializers.CharField()
    url = serializers.CharField(source="href")
    place = serializers.CharField(source="subtitle")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    is_cancelled = serializers.BooleanField(source="cancelled")
    is_clash = serializers.BooleanField(source="clash")
    note = serializers.CharField()


class WeekTimetableSerializer(serializers.Serializer):
    """A week from `week`, its Monday, in `zone`."""

    week = serializers.DateField()
    zone = serializers.CharField()
    entries = WeekTimetableEntry(many=True)


class ClashParty(serializers.Serializer):
    title = serializers.CharField()
    url = serializers.CharField()
    time = serializers.CharField()
    place = serializers.CharField()
    pattern = serializers.UUIDField(source="pattern_id", allow_null=True)
    section = serializers.UUIDField(source="section_id", allow_null=True)


class ClashSerializer(serializers.Serializer):
    """The same room or person, taken by the same two, on some dates; `key` names it among those of its pattern."""

    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=["room", "person"])
    what = serializers.CharField()
    soft = ClashParty()
    other = ClashParty()
    first = serializers.DateTimeField()
    last = serializers.DateTimeField()
    dates = serializers.IntegerField()
    accepted_because = serializers.CharField(source="override.reason", default=None, allow_null=True)


class AcceptClashesInput(StrictSerializer):
    """The clashes of one pattern that may stand, by `key`, and why."""

    pattern = IdField(queryset=MeetingPattern.objects.all())
    keys = serializers.ListField(child=serializers.CharField(max_length=80), min_length=1, max_length=200)
    reason = serializers.CharField(max_length=200)


class AcceptedClashes(serializers.Serializer):
    accepted = serializers.IntegerField()
