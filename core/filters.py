"""Filters of API lists that refuse what they do not know."""

from typing import Any

from django_filters import CharFilter
from django_filters.rest_framework import FilterSet
from rest_framework.exceptions import ValidationError

PAGING = {"cursor", "page_size", "format"}


class StrictFilterSet(FilterSet):
    """An unknown query parameter is a 400, and so is an empty one that is no text: neither may show everything."""

    def __init__(self, data: Any = None, queryset: Any = None, *, request: Any = None, prefix: Any = None) -> None:
        super().__init__(data=data, queryset=queryset, request=request, prefix=prefix)
        if unknown := set(data or {}) - set(self.filters) - PAGING:
            raise ValidationError({name: ["This parameter is not known here."] for name in sorted(unknown)[:20]})
        empty = [name for name, field in self.filters.items() if not _is_text(field) and (data or {}).get(name) == ""]
        if empty:
            raise ValidationError({name: ["Give a value, or leave the parameter out."] for name in empty})


def _is_text(field: Any) -> bool:
    return type(field) is CharFilter
