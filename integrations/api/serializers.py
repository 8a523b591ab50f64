"""What imports of enrollments look like to scripts."""

from typing import Any

from rest_framework import serializers

from core.serializers import NamedField, StrictSerializer
from courses.models import Term
from integrations.models import ImportRow, ImportRun
from integrations.queries.roster_file import MOST_BYTES
from integrations.queries.runs import counts_of


class ImportInput(StrictSerializer):
    """`content` is a CSV text with the columns student and section, and, optional, action and reason."""

    term = NamedField(slug_field="code", queryset=Term.objects.none())
    content = serializers.CharField(max_length=MOST_BYTES, trim_whitespace=False)
    reason = serializers.CharField(max_length=500)
    file_name = serializers.CharField(max_length=200, default="import.csv")
    mode = serializers.ChoiceField(ImportRun.Mode.choices, default=ImportRun.Mode.ADD)
    is_whole = serializers.BooleanField(default=True)
    most_percent = serializers.IntegerField(min_value=0, max_value=100, default=10)
    keep_until = serializers.DateTimeField(required=False, allow_null=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if request := self.context.get("request"):
            self.fields["term"].queryset = Term.objects.visible_to(request.user).exclude(kind=Term.Kind.YEAR)


class ImportRunSerializer(serializers.ModelSerializer):
    """`counts` of rows by result: open, done, unchanged, refused; before it is applied, what it would do."""

    id = serializers.UUIDField(source="public_id")
    term = serializers.CharField(source="term.code")
    by = serializers.CharField(source="by.display_name")
    undone_by = serializers.CharField(source="undone_by.display_name", default=None, allow_null=True)
    counts = serializers.SerializerMethodField()

    class Meta:
        model = ImportRun
        fields = [
            "id", "file_name", "term", "mode", "is_whole", "most_percent", "keep_until", "reason", "state",
            "message", "by", "created_at", "applied_at", "undone_at", "undone_by", "counts",
        ]  # fmt: skip

    def get_counts(self, run: ImportRun) -> dict[str, int]:
        found = counts_of(run)
        return {result: found.get(result, 0) for result in ImportRow.Result.values}


class ImportRowSerializer(serializers.ModelSerializer):
    """One line; `line` is null for an enrollment that a mirror ends."""

    student = serializers.CharField(source="student_text")
    section = serializers.CharField(source="section_text")
    enrollment = serializers.UUIDField(source="enrollment.public_id", default=None, allow_null=True)

    class Meta:
        model = ImportRow
        fields = ["line", "action", "student", "section", "reason", "result", "code", "message", "enrollment"]
