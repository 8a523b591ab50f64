"""What goes in and out of the API about graded work and final grades."""

from typing import Any

from rest_framework import serializers

from core.serializers import StrictSerializer
from courses.models import Section
from students.api.serializers import SectionShort
from students.models import Enrollment, GradeItem
from students.validators import Mark

MOST = 5_000


class SectionField(serializers.SlugRelatedField):
    """A section by its id, among those that the caller may see."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="public_id", queryset=Section.objects.all(), **kwargs)

    def get_queryset(self) -> Any:
        return Section.objects.visible_to(self.context["request"].user).select_related("course__subject", "term")


class GradeItemSerializer(serializers.ModelSerializer):
    """A piece of graded work; students see it once `posted_at` is set."""

    id = serializers.UUIDField(source="public_id")
    section = serializers.UUIDField(source="section.public_id")

    class Meta:
        model = GradeItem
        fields = ["id", "section", "title", "weight", "points", "due_at", "posted_at"]


class GradeItemFacts(StrictSerializer):
    title = serializers.CharField(max_length=120)
    weight = serializers.DecimalField(max_digits=6, decimal_places=2, min_value=0, required=False)
    points = serializers.DecimalField(max_digits=7, decimal_places=2, min_value=0, required=False)
    due_at = serializers.DateTimeField(required=False, allow_null=True)


class GradeItemInput(GradeItemFacts):
    section = SectionField()


class ScoreSerializer(serializers.Serializer):
    """What stands in one cell of a sheet, draft or not."""

    enrollment = serializers.UUIDField()
    student = serializers.UUIDField()
    name = serializers.CharField()
    score = serializers.DecimalField(max_digits=7, decimal_places=2, allow_null=True)
    is_exempt = serializers.BooleanField()
    is_final = serializers.BooleanField(help_text="The final grade stands, so the score does too.")


class MarkInput(StrictSerializer):
    """Neither a score nor exempt takes back what was entered."""

    score = serializers.DecimalField(max_digits=7, decimal_places=2, min_value=0, allow_null=True, default=None)
    is_exempt = serializers.BooleanField(default=False)

    def validate(self, attrs: Any) -> Any:
        if attrs["is_exempt"] and attrs["score"] is not None:
            raise serializers.ValidationError("Exempt work has no score.")
        return attrs


class ScoreInput(MarkInput):
    """`seen` is what the caller was shown: if somebody has changed it since, the score is refused with both values."""

    enrollment = serializers.UUIDField()
    seen = MarkInput(required=False)


class EnrollmentRows(StrictSerializer):
    """Input rows, each about one enrollment of the section in the context."""

    rows_name: str
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")

    def validate(self, attrs: Any) -> Any:
        rows = attrs[self.rows_name]
        named = [row["enrollment"] for row in rows]
        if len(set(named)) < len(named):
            raise serializers.ValidationError({self.rows_name: "An enrollment is named twice."})
        known = _keys(self.context["section"], named)
        if unknown := [str(name) for name in named if name not in known]:
            raise serializers.ValidationError({self.rows_name: f"Not in this section: {', '.join(unknown[:20])}."})
        for row in rows:
            row["key"] = known[row["enrollment"]]
        return attrs


def _keys(section: Section, named: list[Any]) -> dict[Any, int]:
    return dict(Enrollment.objects.filter(section=section, public_id__in=named).values_list("public_id", "pk"))


class ScoresInput(EnrollmentRows):
    rows_name = "scores"
    scores = ScoreInput(many=True, max_length=MOST)

    def marks(self) -> tuple[dict[int, Mark], dict[int, Mark]]:
        """Return the marks by the enrollment's key, and what the caller was shown of them."""
        rows = self.validated_data["scores"]
        return {row["key"]: _mark(row) for row in rows}, {
            row["key"]: _mark(row["seen"]) for row in rows if "seen" in row
        }


def _mark(data: dict[str, Any]) -> Mark:
    return Mark(data["score"], data["is_exempt"])


class ScoreChangeSerializer(serializers.Serializer):
    """One change that was made."""

    enrollment = serializers.UUIDField(source="entry.enrollment.public_id")
    old_score = serializers.DecimalField(max_digits=7, decimal_places=2, allow_null=True)
    new_score = serializers.DecimalField(max_digits=7, decimal_places=2, allow_null=True)
    old_exempt = serializers.BooleanField()
    new_exempt = serializers.BooleanField()
    at = serializers.DateTimeField()


class ScoreChangesSerializer(serializers.Serializer):
    """What a request has changed; nothing where all was as sent already."""

    changes = ScoreChangeSerializer(many=True)


class FinalGradeSerializer(serializers.Serializer):
    """`grade` is entered, `posted_grade` is what the student sees; they differ while a grade waits to be posted."""

    enrollment = serializers.UUIDField(source="enrollment.public_id")
    student = serializers.UUIDField(source="student.public_id")
    name = serializers.CharField(source="student.user.display_name")
    total = serializers.DecimalField(max_digits=7, decimal_places=2, allow_null=True)
    grade = serializers.CharField(source="submitted")
    posted_grade = serializers.CharField(source="posted")


class FinalInput(StrictSerializer):
    """An empty grade takes back one that is not posted. `seen` is what the caller was shown."""

    enrollment = serializers.UUIDField()
    grade = serializers.CharField(max_length=4, allow_blank=True)
    seen = serializers.CharField(max_length=4, allow_blank=True, required=False)


class FinalsInput(EnrollmentRows):
    rows_name = "grades"
    grades = FinalInput(many=True, max_length=MOST)


class PostFinalsInput(StrictSerializer):
    """Left out, every grade that waits is posted."""

    enrollments = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST)

    def validate_enrollments(self, named: list[Any]) -> list[int]:
        known = _keys(self.context["section"], named)
        if unknown := [str(name) for name in named if name not in known]:
            raise serializers.ValidationError(f"Not in this section: {', '.join(unknown[:20])}.")
        return list(known.values())

    def keys(self) -> list[int] | None:
        return self.validated_data.get("enrollments")


class SeenItemSerializer(serializers.Serializer):
    """One posted piece of work."""

    id = serializers.UUIDField(source="item.public_id")
    title = serializers.CharField(source="item.title")
    weight = serializers.DecimalField(source="item.weight", max_digits=6, decimal_places=2)
    points = serializers.DecimalField(source="item.points", max_digits=7, decimal_places=2)
    due_at = serializers.DateTimeField(source="item.due_at", allow_null=True)
    score = serializers.DecimalField(source="mark.score", max_digits=7, decimal_places=2, allow_null=True)
    is_exempt = serializers.BooleanField(source="mark.is_exempt")
    is_missing = serializers.BooleanField()
    percent = serializers.DecimalField(max_digits=7, decimal_places=2, allow_null=True)


class PostedGradesSerializer(serializers.Serializer):
    """What is posted of one enrollment. `total` is in percent, null while nothing counts."""

    items = SeenItemSerializer(many=True)
    total = serializers.DecimalField(max_digits=7, decimal_places=2, allow_null=True)
    final_grade = serializers.CharField(source="final")


class SectionProgressSerializer(serializers.Serializer):
    """`closed` says why there is no work to see while the pages of the class are closed."""

    enrollment = serializers.UUIDField(source="enrollment.public_id")
    section = SectionShort(source="enrollment.section")
    status = serializers.ChoiceField(source="enrollment.status", choices=Enrollment.Status.choices)
    credit_hours = serializers.DecimalField(source="enrollment.credit_hours", max_digits=5, decimal_places=2)
    total = serializers.DecimalField(source="grades.total", max_digits=7, decimal_places=2, allow_null=True)
    missing = serializers.SerializerMethodField()
    final_grade = serializers.CharField(source="grades.final")
    closed = serializers.SerializerMethodField()

    def get_missing(self, row: Any) -> list[str]:
        return [seen.item.title for seen in row.grades.missing]

    def get_closed(self, row: Any) -> str | None:
        return str(row.grades.closed) if row.grades.closed else None


class CreditsSerializer(serializers.Serializer):
    program = serializers.CharField(source="program.code", default=None, allow_null=True)
    earned = serializers.DecimalField(max_digits=7, decimal_places=2)
    in_progress = serializers.DecimalField(max_digits=7, decimal_places=2)
    required = serializers.DecimalField(max_digits=7, decimal_places=2, allow_null=True)
    percent = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)


class ProgressSerializer(serializers.Serializer):
    """Credits, and every section on the record with what is posted of it."""

    credits = CreditsSerializer()
    sections = SectionProgressSerializer(many=True)
