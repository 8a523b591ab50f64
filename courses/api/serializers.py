"""What goes in and out of the API about the catalogue."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

from accounts.models import User
from core.serializers import NamedField, StrictSerializer
from courses.models import Course, Requirement, Section, SectionInstructor, Subject, Term
from courses.policies import section_pages_open
from courses.queries import course_codes, parse_requirement, requirement_text, requirement_words


class IdField(NamedField):
    """Another object by its id, among those that the caller may see."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="public_id", **kwargs)

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return rows.visible_to(self.context["request"].user) if hasattr(rows, "visible_to") else rows


class DeadlinesSerializer(serializers.Serializer):
    """What holds: the term's own, else what stands above it."""

    registration_opens_at = serializers.DateTimeField(allow_null=True)
    registration_closes_at = serializers.DateTimeField(allow_null=True)
    add_deadline = serializers.DateTimeField(allow_null=True)
    drop_deadline = serializers.DateTimeField(allow_null=True)
    withdraw_deadline = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Term) -> dict[str, Any]:
        return super().to_representation({name: instance.in_force(name) for name in self.fields})


class TermSerializer(serializers.ModelSerializer):
    """A term in the tree of year, semester, quarter and part of term; `in_force` are the deadlines that hold."""

    id = serializers.UUIDField(source="public_id")
    parent = serializers.UUIDField(source="parent.public_id", default=None, allow_null=True)
    in_force = DeadlinesSerializer(source="*", read_only=True)

    class Meta:
        model = Term
        fields = [
            "id", "code", "name", "kind", "parent", "start_date", "end_date", "registration_opens_at",
            "registration_closes_at", "add_deadline", "drop_deadline", "withdraw_deadline", "credits_min",
            "credits_max", "is_published", "in_force",
        ]  # fmt: skip


class TermInput(StrictSerializer):
    """Deadlines are the first moment that is too late."""

    code = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=Term.Kind.choices, required=False)
    parent = IdField(queryset=Term.objects.all(), required=False, allow_null=True)
    start_date = serializers.DateField()
    end_date = serializers.DateField()
    registration_opens_at = serializers.DateTimeField(required=False, allow_null=True)
    registration_closes_at = serializers.DateTimeField(required=False, allow_null=True)
    add_deadline = serializers.DateTimeField(required=False, allow_null=True)
    drop_deadline = serializers.DateTimeField(required=False, allow_null=True)
    withdraw_deadline = serializers.DateTimeField(required=False, allow_null=True)
    credits_min = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, required=False, allow_null=True)
    credits_max = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, required=False, allow_null=True)
    is_published = serializers.BooleanField(required=False)


class SubjectSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Subject
        fields = ["id", "code", "name"]


class SubjectInput(StrictSerializer):
    code = serializers.CharField(max_length=10)
    name = serializers.CharField(max_length=120)


class CourseRow(serializers.ModelSerializer):
    """A course as a list shows it."""

    id = serializers.UUIDField(source="public_id")
    subject = serializers.CharField(source="subject.code")
    code = serializers.CharField()

    class Meta:
        model = Course
        fields = [
            "id", "subject", "number", "code", "title", "credit_hours_min", "credit_hours_max", "attempts_max",
            "status",
        ]  # fmt: skip


class RequirementSerializer(serializers.Serializer):
    """`text` is what can be sent back, `words` what people read."""

    kind = serializers.ChoiceField(choices=Requirement.Kind.choices)
    expression = serializers.JSONField()
    text = serializers.CharField()
    words = serializers.CharField()


def requirements_of(target: Course | Section) -> list[dict[str, Any]]:
    rows = list(target.requirements.order_by("-kind"))
    codes = course_codes(rows)
    return [
        {
            "kind": row.kind,
            "expression": row.expression,
            "text": requirement_text(row.expression, codes),
            "words": requirement_words(row.expression, codes),
        }
        for row in rows
    ]


class CourseSerializer(CourseRow):
    requirements = serializers.SerializerMethodField()

    class Meta(CourseRow.Meta):
        fields = [*CourseRow.Meta.fields, "description", "requirements"]

    def get_requirements(self, course: Course) -> RequirementSerializer(many=True):  # type: ignore[valid-type]
        return RequirementSerializer(requirements_of(course), many=True).data


class CourseInput(StrictSerializer):
    subject = IdField(queryset=Subject.objects.all())
    number = serializers.CharField(max_length=10)
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    credit_hours_min = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, required=False)
    credit_hours_max = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, required=False)
    attempts_max = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=32767)


class RequirementInput(StrictSerializer):
    """Either `text`, such as "CSE 11 (C-) or CSE 8B; MATH 20A*", or the tree `expression`; null or "" removes it."""

    kind = serializers.ChoiceField(choices=Requirement.Kind.choices, default=Requirement.Kind.PREREQ)
    text = serializers.CharField(max_length=5_000, required=False, allow_blank=True)
    expression = serializers.JSONField(required=False, allow_null=True)

    def validate(self, attrs: Any) -> Any:
        if ("text" in attrs) == ("expression" in attrs):
            raise serializers.ValidationError("Give either text or expression.")
        if "text" in attrs:
            try:
                attrs["expression"] = parse_requirement(attrs.pop("text"), prefer=self.context.get("named", ()))
            except DjangoValidationError as exc:
                raise serializers.ValidationError({"text": exc.messages}) from exc
        return attrs


class ShortSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="public_id")
    code = serializers.CharField()


class TeacherSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="instructor.public_id")
    name = serializers.CharField(source="instructor.display_name")
    role = serializers.ChoiceField(choices=SectionInstructor.Role.choices)
    is_primary = serializers.BooleanField()


class SectionRow(serializers.Serializer):
    """A section as a list shows it. Written out by hand: a list of 200 is made of nothing but dictionaries."""

    id = serializers.UUIDField()
    term = ShortSerializer()
    course = ShortSerializer()
    crn = serializers.CharField()
    section_number = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=Section.Status.choices)
    instructional_method = serializers.ChoiceField(choices=Section.Method.choices)
    capacity = serializers.IntegerField(allow_null=True)
    waitlist_mode = serializers.ChoiceField(choices=Section.WaitlistMode.choices)
    waitlist_capacity = serializers.IntegerField(allow_null=True)
    instructors = TeacherSerializer(many=True)

    def to_representation(self, instance: Section) -> dict[str, Any]:
        return section_row(instance)


def section_row(section: Section) -> dict[str, Any]:
    return {
        "id": section.public_id,
        "term": {"id": section.term.public_id, "code": section.term.code},
        "course": {"id": section.course.public_id, "code": section.course.code},
        "crn": section.crn,
        "section_number": section.section_number,
        "title": section.name,
        "status": section.status,
        "instructional_method": section.instructional_method,
        "capacity": section.capacity,
        "waitlist_mode": section.waitlist_mode,
        "waitlist_capacity": section.waitlist_capacity,
        "instructors": [
            {
                "id": row.instructor.public_id,
                "name": row.instructor.display_name,
                "role": row.role,
                "is_primary": row.is_primary,
            }
            for row in section.section_instructors.all()
        ],
    }


class SectionSerializer(serializers.ModelSerializer):
    """All of a section. `own_title` is empty where the course's title holds."""

    id = serializers.UUIDField(source="public_id")
    term = ShortSerializer()
    course = ShortSerializer()
    title = serializers.CharField(source="name")
    own_title = serializers.CharField(source="title")
    description = serializers.SerializerMethodField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    credits = serializers.DecimalField(max_digits=5, decimal_places=2)
    instructors = TeacherSerializer(source="section_instructors", many=True)
    cross_listed_with = serializers.SerializerMethodField()
    linked_to = serializers.UUIDField(source="linked_to.public_id", default=None, allow_null=True)
    combined_capacity = serializers.IntegerField(
        source="cross_list_group.capacity", default=None, allow_null=True, min_value=0
    )
    requirements = serializers.SerializerMethodField()

    class Meta:
        model = Section
        fields = [
            "id", "term", "course", "crn", "section_number", "title", "own_title", "description", "status",
            "schedule_type", "instructional_method", "capacity", "waitlist_mode", "waitlist_capacity", "offer_hours",
            "waitlist_closes_at", "credits",
            "credit_hours", "first_day", "last_day", "start_date", "end_date", "registration_opens_at",
            "registration_closes_at", "access_starts_at", "access_ends_at", "instructors", "cross_listed_with",
            "combined_capacity", "requirements", "minimum_enrollment", "approval", "linked_to",
        ]  # fmt: skip

    def get_description(self, section: Section) -> str:
        """The section's own text; empty while the pages of the class are closed to the caller."""
        return section.description if section_pages_open(section, self.context["request"].user) else ""

    def get_cross_listed_with(self, section: Section) -> list[str]:
        group = section.cross_list_group
        if group is None:
            return []
        shown = Section.objects.visible_to(self.context["request"].user).filter(cross_list_group=group)
        return [str(key) for key in shown.exclude(pk=section.pk).values_list("public_id", flat=True)]

    def get_requirements(self, section: Section) -> RequirementSerializer(many=True):  # type: ignore[valid-type]
        return RequirementSerializer(requirements_of(section), many=True).data


class SectionFacts(StrictSerializer):
    """The facts of a section that can be changed; its instructors may change `description` only."""

    crn = serializers.CharField(max_length=20)
    section_number = serializers.CharField(max_length=10)
    title = serializers.CharField(max_length=200, required=False, allow_blank=True)
    description = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    schedule_type = serializers.CharField(max_length=10, required=False, allow_blank=True)
    instructional_method = serializers.ChoiceField(choices=Section.Method.choices, required=False)
    capacity = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    minimum_enrollment = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    approval = serializers.ChoiceField(choices=Section.Approval.choices, required=False)
    linked_to = IdField(queryset=Section.objects.all(), required=False, allow_null=True)
    waitlist_mode = serializers.ChoiceField(choices=Section.WaitlistMode.choices, required=False)
    waitlist_capacity = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    offer_hours = serializers.IntegerField(required=False, min_value=2, max_value=168)
    waitlist_closes_at = serializers.DateTimeField(required=False, allow_null=True)
    credit_hours = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, required=False, allow_null=True
    )
    start_date = serializers.DateField(required=False, allow_null=True)
    end_date = serializers.DateField(required=False, allow_null=True)
    registration_opens_at = serializers.DateTimeField(required=False, allow_null=True)
    registration_closes_at = serializers.DateTimeField(required=False, allow_null=True)
    access_starts_at = serializers.DateTimeField(required=False, allow_null=True)
    access_ends_at = serializers.DateTimeField(required=False, allow_null=True)


class NewSectionInput(SectionFacts):
    course = IdField(queryset=Course.objects.all())
    term = IdField(queryset=Term.objects.all())


class TeacherInput(StrictSerializer):
    id = IdField(queryset=User.objects.all())
    role = serializers.ChoiceField(choices=SectionInstructor.Role.choices, default=SectionInstructor.Role.INSTRUCTOR)
    is_primary = serializers.BooleanField(default=False)


class TeachersInput(StrictSerializer):
    """Who teaches from now on; exactly one is the instructor of record, unless there is nobody."""

    instructors = TeacherInput(many=True, max_length=40)


class CrossListInput(StrictSerializer):
    """The other sections; `capacity` is how many seats all have together, null for each its own only."""

    sections = serializers.ListField(child=IdField(queryset=Section.objects.all()), max_length=40)
    capacity = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)


class CombinedCapacityInput(StrictSerializer):
    capacity = serializers.IntegerField(allow_null=True, min_value=0, max_value=2**31 - 1)
