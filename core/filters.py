"""Filters of API lists that refuse what they do not know."""

from typing import Any

from django_filters import BooleanFilter, CharFilter
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from rest_framework.exceptions import ValidationError

PAGING = {"cursor", "page_size", "format"}


def refuse_unknown(given: Any, known: Any = ()) -> None:
    """Raise ValidationError for query parameters that are neither `known` nor about pages of a list."""
    if unknown := set(given) - set(known) - PAGING:
        raise ValidationError({name: ["This parameter is not known here."] for name in sorted(unknown)[:20]})


class StrictFilterSet(FilterSet):
    """An unknown query parameter is a 400, and so is an empty one that is no text: neither may show everything."""

    def __init__(self, data: Any = None, queryset: Any = None, *, request: Any = None, prefix: Any = None) -> None:
        super().__init__(data=data, queryset=queryset, request=request, prefix=prefix)
        refuse_unknown(data or {}, self.filters)
        given = {name: (data or {})[name] for name in self.filters if name in (data or {})}
        if empty := [name for name, value in given.items() if value == "" and not self._is(name, CharFilter)]:
            raise ValidationError({name: ["Give a value, or leave the parameter out."] for name in empty})
        flags = {name: value for name, value in given.items() if self._is(name, BooleanFilter)}
        if neither := [name for name, value in flags.items() if value not in {"true", "false"}]:
            raise ValidationError({name: ["Give true or false."] for name in neither})

    def _is(self, name: str, kind: type) -> bool:
        return isinstance(self.filters[name], kind)


class StrictFilterBackend(DjangoFilterBackend):
    """A list without filters refuses every parameter but those about its pages, and so does one row of it."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        if getattr(view, "action", "") in {"list", "retrieve"} and self.get_filterset_class(view, queryset) is None:
            refuse_unknown(request.query_params)
        return super().filter_queryset(request, queryset, view)
