"""What may be asked of the list of people."""

from typing import Any

import django_filters
from django.conf import settings

from accounts.models import User
from core.filters import StrictFilterSet


class PersonFilter(StrictFilterSet):
    search = django_filters.CharFilter(method="by_words", max_length=200, label="Words of the name or the address")
    role = django_filters.ChoiceFilter(field_name="groups__name", choices=[(name, name) for name in settings.ROLES])

    class Meta:
        model = User
        fields: list[str] = []

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.matching(value)
