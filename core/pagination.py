"""Pages of API lists: by position in a unique order, never by counting."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, transaction
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination

MOST = 200


class KeysetPagination(CursorPagination):
    """Follow `next` until it is null. `page_size` is 1 to 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = MOST
    ordering = "pk"

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        if self.cursor_query_param not in request.query_params:
            return super().paginate_queryset(queryset, request, view)
        try:
            # A cursor that somebody wrote by hand may hold a position that its column cannot: the database says so,
            # and a transaction around the request must survive it.
            with transaction.atomic():
                return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, DjangoValidationError, DataError) as exc:
            raise ValidationError({self.cursor_query_param: "This cursor is not one that the API gave."}) from exc

    def _get_position_from_instance(self, instance: Any, ordering: Any) -> str:
        """Follow a field of a related row too, which the library does not."""
        value: Any = instance
        for name in ordering[0].lstrip("-").split("__"):
            value = value[name] if isinstance(value, dict) else getattr(value, name)
        return str(value)

    def get_page_size(self, request: Any) -> int:
        raw = request.query_params.get(self.page_size_query_param)
        if raw is None:
            return self.page_size
        if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw[:6]) <= MOST or len(raw) > 6:
            raise ValidationError({self.page_size_query_param: f"Give a number from 1 to {MOST}."})
        return int(raw)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        found = super().get_schema_operation_parameters(view)
        for parameter in found:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": MOST, "default": self.page_size}
        return found

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        ordering = getattr(view, "keyset", None) or self.ordering
        return (ordering,) if isinstance(ordering, str) else tuple(ordering)
