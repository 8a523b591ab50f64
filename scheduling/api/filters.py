"""What may be asked of the lists of rooms and times."""

from typing import Any

import django_filters

from core.filters import StrictFilterSet
from scheduling.models import Building, Closure, Meeting, MeetingPattern, Room


class BuildingFilter(StrictFilterSet):
    code = django_filters.CharFilter(lookup_expr="iexact", max_length=20)

    class Meta:
        model = Building
        fields: list[str] = []


class RoomFilter(StrictFilterSet):
    building = django_filters.CharFilter(
        field_name="building__code", lookup_expr="iexact", max_length=20, label="Code of the building."
    )
    seats = django_filters.NumberFilter(
        method="by_seats", min_value=0, max_value=100_000, label="At least so many; rooms of unknown size fit."
    )
    feature = django_filters.CharFilter(field_name="features__name", lookup_expr="iexact", max_length=60)
    is_active = django_filters.BooleanFilter()
    search = django_filters.CharFilter(method="by_words", max_length=60, label="Words of building, code or name.")

    class Meta:
        model = Room
        fields: list[str] = []

    def by_seats(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset.with_seats(int(value))

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.matching(value)


class ClosureFilter(StrictFilterSet):
    on = django_filters.DateFilter(method="by_day", label="A day that is closed.")

    class Meta:
        model = Closure
        fields: list[str] = []

    def by_day(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset.filter(start_date__lte=value, end_date__gte=value)


class PatternFilter(StrictFilterSet):
    section = django_filters.UUIDFilter(field_name="sections__public_id")
    room = django_filters.UUIDFilter(field_name="room__public_id")
    term = django_filters.CharFilter(field_name="term__code", max_length=20, label="Code of the term.")
    kind = django_filters.ChoiceFilter(choices=MeetingPattern.Kind.choices)

    class Meta:
        model = MeetingPattern
        fields: list[str] = []


class MeetingFilter(StrictFilterSet):
    section = django_filters.UUIDFilter(field_name="pattern__sections__public_id")
    pattern = django_filters.UUIDFilter(field_name="pattern__public_id")
    room = django_filters.UUIDFilter(field_name="room__public_id")
    status = django_filters.ChoiceFilter(choices=Meeting.Status.choices)
    starts_from = django_filters.IsoDateTimeFilter(field_name="starts_at", lookup_expr="gte")
    starts_before = django_filters.IsoDateTimeFilter(field_name="starts_at", lookup_expr="lt")

    class Meta:
        model = Meeting
        fields: list[str] = []
