"""What may be asked of the lists of the catalogue."""

from typing import Any

import django_filters

from core.filters import StrictFilterSet
from courses.models import Course, Section, Subject, Term
from courses.queries import matching, sections_matching


class TermFilter(StrictFilterSet):
    code = django_filters.CharFilter(max_length=20)
    kind = django_filters.ChoiceFilter(choices=Term.Kind.choices)
    on = django_filters.DateFilter(method="by_day", label="A day that lies in the term.")

    class Meta:
        model = Term
        fields: list[str] = []

    def by_day(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset.filter(start_date__lte=value, end_date__gte=value)


class SubjectFilter(StrictFilterSet):
    code = django_filters.CharFilter(lookup_expr="iexact", max_length=10)

    class Meta:
        model = Subject
        fields: list[str] = []


class CourseFilter(StrictFilterSet):
    subject = django_filters.CharFilter(
        field_name="subject__code", lookup_expr="iexact", max_length=10, label="Code of the subject."
    )
    number = django_filters.CharFilter(lookup_expr="iexact", max_length=10)
    status = django_filters.ChoiceFilter(choices=Course.Status.choices)
    search = django_filters.CharFilter(method="by_words", max_length=200, label="“cs 101”, “CS101”, “intro alg”.")

    class Meta:
        model = Course
        fields: list[str] = []

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        return matching(queryset, value)


class SectionFilter(StrictFilterSet):
    term = django_filters.CharFilter(field_name="term__code", max_length=20, label="Code of the term.")
    subject = django_filters.CharFilter(
        field_name="course__subject__code", lookup_expr="iexact", max_length=10, label="Code of the subject."
    )
    course = django_filters.UUIDFilter(field_name="course__public_id")
    crn = django_filters.CharFilter(max_length=20)
    status = django_filters.ChoiceFilter(choices=Section.Status.choices)
    instructional_method = django_filters.ChoiceFilter(choices=Section.Method.choices)
    instructor = django_filters.UUIDFilter(method="by_instructor", label="Id of somebody who teaches it.")
    search = django_filters.CharFilter(method="by_words", max_length=200, label="Code, words of the title, or CRN.")

    class Meta:
        model = Section
        fields: list[str] = []

    def by_instructor(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset.filter(section_instructors__instructor__public_id=value)

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        return sections_matching(queryset, value)
