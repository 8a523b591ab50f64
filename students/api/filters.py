"""Filters of the lists of registration."""

import django_filters

from core.filters import StrictFilterSet
from students.models import Enrollment, WaitlistEntry


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
