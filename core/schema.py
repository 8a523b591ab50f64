"""What the OpenAPI document says of every operation beyond its own types."""

from functools import cache
from types import SimpleNamespace
from typing import Any

import django_filters
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import get_language, override
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema as SpectacularAutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import ListSerializer

from core.serializers import CleanModelSerializer, StrictSerializer

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
        "facts": {"type": "object", "additionalProperties": True},
        "errors": {"type": "object", "additionalProperties": True},
        "rules": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
    },
}
ITS_FORM = {"$ref": "#/components/schemas/Problem"}
ALWAYS = {
    "400": "Malformed",
    "401": "Not signed in",
    "403": "Not allowed",
    "404": "Not found",
    "429": "Too many requests",
    "503": "Busy",
}

WALL_TIME = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$", "example": "09:30:00"}
# The formats alone are looser than what every operation reads: years of the Romans, and ids without hyphens.
_DAY = r"2[01]\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
PATTERNS = {
    "date": f"^{_DAY}$",
    "date-time": rf"^{_DAY}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{1,6}})?(Z|[+-](0\d|1[0-3]):[0-5]\d)$",
    "uuid": r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
}


class WallTime(OpenApiSerializerFieldExtension):
    """A time of day on some clock: the format that OpenAPI calls time has an offset."""

    target_class = "rest_framework.fields.TimeField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        if getattr(self.target, "input_formats", None) == ["%H:%M"] and direction == "request":
            return {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$", "example": "09:30"}
        return dict(WALL_TIME)


class Decimal(OpenApiSerializerFieldExtension):
    """Digits as text; the library's own pattern lets them be left out altogether."""

    target_class = "rest_framework.fields.DecimalField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        field = self.target
        sign = "" if field.min_value is not None and field.min_value >= 0 else "-?"
        whole = max(field.max_digits - field.decimal_places, 1)
        return {
            "type": "string",
            "format": "decimal",
            "pattern": rf"^{sign}\d{{1,{whole}}}(\.\d{{1,{field.decimal_places}}})?$",
        }


class ZoneName(OpenApiSerializerFieldExtension):
    target_class = "core.serializers.ZoneField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "string", "format": "iana-zone", "minLength": 1, "example": "America/New_York"}


class Filters(DjangoFilterExtension):
    """Parameters of filters by the kind of the filter, also where a method does the filtering."""

    priority = 1
    kinds: list[tuple[type, dict[str, Any]]] = [
        (django_filters.UUIDFilter, {"type": "string", "format": "uuid"}),
        (django_filters.DateFilter, {"type": "string", "format": "date"}),
        (django_filters.IsoDateTimeFilter, {"type": "string", "format": "date-time"}),
        (django_filters.ModelChoiceFilter, {"type": "string", "minLength": 1}),
        (django_filters.NumberFilter, {"type": "number"}),
        (django_filters.CharFilter, {"type": "string"}),
    ]

    def resolve_filter_field(self, auto_schema: Any, model: Any, filterset: Any, name: str, field: Any) -> Any:
        found = super().resolve_filter_field(auto_schema, model, filterset, name, field)
        for parameter in found:
            if "enum" not in parameter["schema"]:
                known = next((schema for kind, schema in self.kinds if isinstance(field, kind)), {})
                limits = {"maxLength": "max_length", "minimum": "min_value", "maximum": "max_value"}
                given = {key: field.extra[word] for key, word in limits.items() if word in field.extra}
                parameter["schema"] |= known | given
        return found


def say_formats(result: Any, **kwargs: Any) -> Any:
    """Write beside each format of what goes in what of it the API reads, and the form of a refusal once for all."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request"):
            _say_formats(schema)
    for path in result["paths"].values():
        for operation in path.values():
            _say_formats(operation.get("parameters", []))
    return result


def _say_formats(schema: Any) -> None:
    if isinstance(schema, dict) and "string" in schema.get("type", ""):
        pattern = PATTERNS.get(schema.get("format", ""))
        schema |= {"pattern": pattern} if pattern else {}
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _say_formats(inner)


class AutoSchema(SpectacularAutoSchema):
    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)
        if direction == "request" and isinstance(serializer, StrictSerializer | CleanModelSerializer):
            schema["additionalProperties"] = False
        return schema

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        longest = getattr(field, "max_length", None) if isinstance(field, ListSerializer) else None
        if longest is not None:
            schema["maxItems"] = longest
        return schema

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        answers = dict(ALWAYS)
        if self.method in {"POST", "PATCH", "PUT", "DELETE"}:
            answers |= {"409": "Not possible now", "413": "Too large", "415": "Content type not accepted"}
        for status, words in answers.items():
            operation["responses"].setdefault(
                status, {"description": words, "content": {"application/problem+json": {"schema": ITS_FORM}}}
            )
        return operation

    def get_auth(self) -> list[dict[str, Any]]:
        found = [scheme for scheme in super().get_auth() if scheme]
        return [{}, *found] if self._answers_strangers() else found

    def _answers_strangers(self) -> bool:
        stranger: Any = SimpleNamespace(user=AnonymousUser(), method=self.method)
        return all(permission.has_permission(stranger, self.view) for permission in self.view.get_permissions())

    def _keeps_answers(self) -> bool:
        """Return whether the operation honours Idempotency-Key: all of the view's, or the actions that it names."""
        named: bool | set[str] = getattr(self.view, "idempotent", False)
        return named if isinstance(named, bool) else getattr(self.view, "action", "") in named

    def get_override_parameters(self) -> list[Any]:
        found = list(super().get_override_parameters())
        if self.method == "POST" and self._keeps_answers():
            found.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "maxLength": 200, "pattern": "^[ -~]*$"},
                    OpenApiParameter.HEADER,
                    description="A repeated request with the same key gets the first answer.",
                )
            )
        return found


class Document(SchemaGenerator):
    """The document as the API serves it: made once in each process and language, since it tells everybody the same."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        language = get_language()
        return _document(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)


@cache
def _document(language: str) -> Any:
    with override(language):
        return SchemaGenerator().get_schema(request=None, public=True)
