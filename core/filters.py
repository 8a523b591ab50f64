"""Filters of API lists that refuse what they do not know."""

from typing import Any

from django_filters import BooleanFilter, CharFilter
from django_filters.rest_framework import FilterSet
from rest_framework.exceptions import ValidationError

PAGING = {"cursor", "page_size", "format"}


class StrictFilterSet(FilterSet):
    """An unknown query parameter is a 400, and so is an empty one that is no text: neither may show everything."""

    def __init__(self, data: Any = None, queryset: Any = None, *, request: Any = None, prefix: Any = None) -> None:
        super().__init__(data=data, queryset=queryset, request=request, prefix=prefix)
        if unknown := set(data or {}) - set(self.filters) - PAGING:
            raise ValidationError({name: ["This parameter is not known here."] for name in sorted(unknown)[:20]})
        given = {name: (data or {})[name] for name in self.filters if name in (data or {})}
        if empty := [name for name, value in given.items() if value == "" and not self._is(name, CharFilter)]:
            raise ValidationError({name: ["Give a value, or leave the parameter out."] for name in empty})
        flags = {name: value for name, value in given.items() if self._is(name, BooleanFilter)}
        if neither := [name for name, value in flags.items() if value not in {"true", "false"}]:
            raise ValidationError({name: ["Give true or false."] for name in neither})

    def _is(self, name: str, kind: type) -> bool:
        return isinstance(self.filters[name], kind)
