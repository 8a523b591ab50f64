"""What goes in and out of the API about students, rosters and permissions."""

from typing import Any

from rest_framework import serializers

from core.serializers import NamedField, StrictSerializer
from students.api.serializers import SectionInput
from students.models import Enrollment, Override, Program, StudentProfile


class ProgramSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Program
        fields = ["id", "code", "name", "credits_required"]


class StudentSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    number = serializers.CharField(source="institutional_id")
    name = serializers.CharField(source="user.display_name")
    email = serializers.EmailField(source="user.email")
    program = serializers.CharField(source="program.code", default=None, allow_null=True)

    class Meta:
        model = StudentProfile
        fields = ["id", "number", "name", "email", "program", "level", "standing", "directory_hold"]


class StudentFacts(StrictSerializer):
    """What is kept about a student; `program` by its code. Students change `directory_hold` alone."""

    number = serializers.CharField(max_length=30, source="institutional_id")
    program = NamedField(slug_field="code", queryset=Program.objects.all(), allow_null=True)
    level = serializers.ChoiceField(choices=StudentProfile.Level.choices)
    standing = serializers.ChoiceField(choices=StudentProfile.Standing.choices)
    # Whether the name is kept from other students; the student may decide it too.
    directory_hold = serializers.BooleanField()


class RosterRow(serializers.Serializer):
    """One person of a roster. Number, address and program are null for those who may not see them."""

    enrollment = serializers.UUIDField(source="public_id")
    student = serializers.UUIDField(source="student.public_id")
    name = serializers.CharField(source="student.user.display_name")
    number = serializers.SerializerMethodField()
    email = serializers.SerializerMethodField()
    program = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=Enrollment.Status.choices)
    status_at = serializers.DateTimeField()
    directory_hold = serializers.BooleanField(source="student.directory_hold")

    def get_number(self, row: Any) -> str | None:
        return row.student.institutional_id if self.context["shows_contacts"] else None

    def get_email(self, row: Any) -> str | None:
        return row.student.user.email if self.context["shows_contacts"] else None

    def get_program(self, row: Any) -> str | None:
        program = row.student.program
        return program.code if self.context["sees_records"] and program else None


class RuleOverrideSerializer(serializers.ModelSerializer):
    """A permission for one student to pass one rule of one section, once."""

    id = serializers.UUIDField(source="public_id")
    student = serializers.UUIDField(source="student.public_id")
    section = serializers.UUIDField(source="section.public_id")
    granted_by = serializers.CharField(source="granted_by.display_name")

    class Meta:
        model = Override
        fields = ["id", "student", "section", "kind", "reason", "granted_by", "granted_at", "expires_at", "used_at"]


class RuleOverrideInput(SectionInput):
    student = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Override.Kind.choices)
    reason = serializers.CharField(max_length=500)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
