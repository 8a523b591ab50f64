"""Filters of the lists of registration."""

from typing import Any

import django_filters

from core.filters import StrictFilterSet
from students.models import (
    Enrollment,
    GradeItem,
    Hold,
    Override,
    OverrideRequest,
    Program,
    RegistrationWindow,
    Restriction,
    RuleKind,
    SeatReservation,
    StudentProfile,
    WaitlistEntry,
)
from students.queries.progress import find_students
from students.queries.roster import CURRENT


class EnrollmentFilter(StrictFilterSet):
    student = django_filters.UUIDFilter(field_name="student__public_id")
    section = django_filters.UUIDFilter(field_name="section__public_id")
    term = django_filters.CharFilter(field_name="section__term__code", max_length=20)
    status = django_filters.ChoiceFilter(choices=Enrollment.Status.choices)

    class Meta:
        model = Enrollment
        fields: list[str] = []


class WaitlistEntryFilter(StrictFilterSet):
    student = django_filters.UUIDFilter(field_name="student__public_id")
    section = django_filters.UUIDFilter(field_name="section__public_id")
    status = django_filters.ChoiceFilter(choices=WaitlistEntry.Status.choices)

    class Meta:
        model = WaitlistEntry
        fields: list[str] = []


class GradeItemFilter(StrictFilterSet):
    section = django_filters.UUIDFilter(field_name="section__public_id")
    is_posted = django_filters.BooleanFilter(field_name="posted_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = GradeItem
        fields: list[str] = []


class StudentFilter(StrictFilterSet):
    """`q` are words of the name, the address or the number."""

    q = django_filters.CharFilter(method="with_words", max_length=200)
    program = django_filters.ModelChoiceFilter(queryset=Program.objects.all(), to_field_name="code")
    level = django_filters.ChoiceFilter(choices=StudentProfile.Level.choices)
    standing = django_filters.ChoiceFilter(choices=StudentProfile.Standing.choices)

    class Meta:
        model = StudentProfile
        fields: list[str] = []

    def with_words(self, found: Any, name: str, value: str) -> Any:
        return find_students(found, value)


class RosterFilter(StrictFilterSet):
    """Left out, `former` leaves those out who are not in the section any more."""

    former = django_filters.BooleanFilter(method="with_former")

    class Meta:
        model = Enrollment
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        shows_former = self.form.cleaned_data.get("former")
        return queryset if shows_former else queryset.filter(status__in=CURRENT)

    def with_former(self, found: Any, name: str, value: bool) -> Any:
        return found


class OverrideFilter(StrictFilterSet):
    student = django_filters.UUIDFilter(field_name="student__public_id")
    section = django_filters.UUIDFilter(field_name="section__public_id")
    kind = django_filters.ChoiceFilter(choices=Override.Kind.choices)
    is_used = django_filters.BooleanFilter(field_name="used_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Override
        fields: list[str] = []


class OverrideRequestFilter(StrictFilterSet):
    student = django_filters.UUIDFilter(field_name="student__public_id")
    section = django_filters.UUIDFilter(field_name="section__public_id")
    kind = django_filters.ChoiceFilter(choices=RuleKind.choices)
    state = django_filters.ChoiceFilter(choices=OverrideRequest.State.choices)

    class Meta:
        model = OverrideRequest
        fields: list[str] = []


class HoldFilter(StrictFilterSet):
    student = django_filters.UUIDFilter(field_name="student__public_id")
    cause = django_filters.ChoiceFilter(choices=Hold.Cause.choices)
    is_released = django_filters.BooleanFilter(field_name="released_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Hold
        fields: list[str] = []


class WindowFilter(StrictFilterSet):
    term = django_filters.CharFilter(field_name="term__code", max_length=20)

    class Meta:
        model = RegistrationWindow
        fields: list[str] = []


class RestrictionFilter(StrictFilterSet):
    course = django_filters.UUIDFilter(field_name="course__public_id")
    section = django_filters.UUIDFilter(field_name="section__public_id")

    class Meta:
        model = Restriction
        fields: list[str] = []


class ReservationFilter(StrictFilterSet):
    section = django_filters.UUIDFilter(field_name="section__public_id")

    class Meta:
        model = SeatReservation
        fields: list[str] = []
