"""What goes in and out of the API about registration."""

from typing import Any

from rest_framework import serializers

from core.serializers import StrictSerializer
from courses.models import Section
from students.models import Enrollment, RuleKind, StudentProfile, WaitlistEntry, WaitlistEvent
from students.policies import can_see_skips
from students.queries.seats import position


class SectionShort(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    code = serializers.CharField(source="course.code")
    title = serializers.CharField(source="name")
    term = serializers.CharField(source="term.code")

    class Meta:
        model = Section
        fields = ["id", "code", "title", "term", "crn", "section_number"]


class EventSerializer(serializers.Serializer):
    """One change of an enrollment; `by` is null where the system itself did it."""

    from_status = serializers.CharField()
    to_status = serializers.CharField()
    by = serializers.CharField(source="actor.display_name", default=None, allow_null=True)
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class LineEventSerializer(serializers.Serializer):
    """One thing that happened to a place in line."""

    kind = serializers.ChoiceField(choices=WaitlistEvent.Kind.choices)
    by = serializers.CharField(source="actor.display_name", default=None, allow_null=True)
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class EnrollmentSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    student = serializers.UUIDField(source="student.public_id")
    section = SectionShort()
    history = serializers.SerializerMethodField()

    class Meta:
        model = Enrollment
        fields = [
            "id", "student", "section", "status", "credit_hours", "source", "enrolled_at", "status_at",
            "hold_expires_at", "history",
        ]  # fmt: skip

    def get_history(self, enrollment: Enrollment) -> EventSerializer(many=True):  # type: ignore[valid-type]
        """Its student, the instructors of the section and staff see it; for others it is empty."""
        shown = self.context["shows_history"](enrollment)
        return EventSerializer(enrollment.events.all() if shown else [], many=True).data


class WaitlistEntrySerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    student = serializers.UUIDField(source="student.public_id")
    section = SectionShort()
    # As the ledger of the line names this place.
    number = serializers.IntegerField(source="seq")
    # The enrollment that is given up in the moment the seat is had, and only then.
    swap = serializers.UUIDField(source="swap_enrollment.public_id", default=None, allow_null=True)
    position = serializers.SerializerMethodField()
    line_length = serializers.SerializerMethodField()
    # Empty for those who teach the section: they may tell of another class of the student, or of a hold.
    last_skip_code = serializers.SerializerMethodField()
    last_skip_reason = serializers.SerializerMethodField()

    class Meta:
        model = WaitlistEntry
        fields = [
            "id", "student", "section", "status", "position", "line_length", "number", "joined_at", "last_skip_code",
            "last_skip_reason", "last_skipped_at", "offered_at", "offer_expires_at", "swap",
        ]  # fmt: skip

    def _place(self, entry: WaitlistEntry) -> tuple[int, int] | None:
        known = self.context.get("positions")
        return position(entry) if known is None else known.get(entry.pk)

    def _sees_skips(self, entry: WaitlistEntry) -> bool:
        request = self.context.get("request")
        return bool(request and can_see_skips(request.user, entry))

    def get_last_skip_code(self, entry: WaitlistEntry) -> str:
        return entry.last_skip_code if self._sees_skips(entry) else ""

    def get_last_skip_reason(self, entry: WaitlistEntry) -> str:
        return entry.last_skip_reason if self._sees_skips(entry) else ""

    def get_position(self, entry: WaitlistEntry) -> int | None:
        place = self._place(entry)
        return place[0] if place else None

    def get_line_length(self, entry: WaitlistEntry) -> int | None:
        place = self._place(entry)
        return place[1] if place else None


class SeatOrPlaceSerializer(serializers.Serializer):
    """The answer to a request for a seat: one of the two is null."""

    enrollment = EnrollmentSerializer(allow_null=True)
    waitlist_entry = WaitlistEntrySerializer(allow_null=True)


class StudentInput(StrictSerializer):
    """`student` is for staff; left out, it is the caller."""

    student = serializers.UUIDField(required=False)

    def validate_student(self, value: Any) -> StudentProfile:
        user = self.context["request"].user
        found = StudentProfile.objects.visible_to(user).select_related("user").filter(public_id=value).first()
        if found is None:
            raise serializers.ValidationError("There is no such student.")
        return found


class SectionInput(StudentInput):
    section = serializers.UUIDField()

    def validate_section(self, value: Any) -> Section:
        user = self.context["request"].user
        found = Section.objects.visible_to(user).select_related("course__subject", "term", "cross_list_group")
        section = found.filter(public_id=value).first()
        if section is None:
            raise serializers.ValidationError("There is no such section.")
        return section


class SwapField(serializers.UUIDField):
    """An enrollment that the caller may see."""

    def to_internal_value(self, data: Any) -> Any:
        user = self.context["request"].user
        related = Enrollment.objects.visible_to(user).select_related("student__user", "section__term")
        found = related.filter(public_id=super().to_internal_value(data)).first()
        if found is None:
            raise serializers.ValidationError("There is no such enrollment.")
        return found


class JoinInput(SectionInput):
    """With `swap`, that enrollment is given up in the moment the seat is had, and only then."""

    swap = SwapField(required=False, allow_null=True, default=None)


class SwapInput(SectionInput):
    """Which section is wanted instead; staff give a reason. `student` is whose enrollment it is."""

    student = None
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class EnrollInput(SectionInput):
    """`reason` is kept with the event."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class ReasonInput(StrictSerializer):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class PaymentInput(ReasonInput):
    """Until when a seat is kept unpaid, and a note that the student reads."""

    until = serializers.DateTimeField()


class RegistrationRuleSerializer(serializers.Serializer):
    rule = serializers.CharField()
    title = serializers.CharField()
    passed = serializers.BooleanField()
    reason = serializers.CharField()
    facts = serializers.DictField()
    lifted_by = serializers.CharField(allow_null=True)
    lifted_with = serializers.ChoiceField(
        choices=RuleKind.choices, allow_null=True, help_text="The kind of exception to ask for."
    )


class RegistrationCheckSerializer(serializers.Serializer):
    ok = serializers.BooleanField()
    rules = RegistrationRuleSerializer(many=True)


class ReservedSerializer(serializers.Serializer):
    """Seats that are kept for some students, and how many of them are left."""

    audience = serializers.CharField(source="reservation.words")
    seats = serializers.IntegerField(source="reservation.seats")
    left = serializers.IntegerField()
    releases_at = serializers.DateTimeField(source="reservation.releases_at", allow_null=True)


class SeatsSerializer(serializers.Serializer):
    capacity = serializers.IntegerField(allow_null=True)
    taken = serializers.IntegerField()
    free = serializers.IntegerField(allow_null=True)
    waiting = serializers.IntegerField()
    line_capacity = serializers.IntegerField(allow_null=True)
    offered = serializers.IntegerField()
    reserved = ReservedSerializer(many=True)


class ClassSerializer(serializers.Serializer):
    """A section as class search shows it. Rooms are for those who are signed in."""

    section = SectionShort()
    status = serializers.CharField(source="section.status")
    delivery = serializers.CharField(source="section.instructional_method")
    seats = SeatsSerializer()
    meetings = serializers.ListField(child=serializers.CharField())
    instructors = serializers.ListField(child=serializers.CharField())
    rooms = serializers.SerializerMethodField()

    def get_rooms(self, row: Any) -> list[str]:
        return row.rooms if self.context["request"].user.is_authenticated else []
