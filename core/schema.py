"""What the OpenAPI document says of every operation beyond its own types."""

from types import SimpleNamespace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema as SpectacularAutoSchema
from drf_spectacular.utils import OpenApiParameter

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
ALWAYS = {
    "400": "Malformed",
    "401": "Not signed in",
    "403": "Not allowed",
    "404": "Not found",
    "429": "Too many requests",
    "503": "Busy",
}

WALL_TIME = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$", "example": "09:30:00"}


class WallTime(OpenApiSerializerFieldExtension):
    """A time of day on some clock: the format that OpenAPI calls time has an offset."""

    target_class = "rest_framework.fields.TimeField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return dict(WALL_TIME)


class AutoSchema(SpectacularAutoSchema):
    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        answers = dict(ALWAYS)
        if self.method in {"POST", "PATCH", "PUT", "DELETE"}:
            answers |= {"409": "Not possible now", "415": "Content type not accepted"}
        for status, words in answers.items():
            operation["responses"].setdefault(
                status, {"description": words, "content": {"application/problem+json": {"schema": PROBLEM}}}
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
                    str,
                    OpenApiParameter.HEADER,
                    description="A repeated request with the same key gets the first answer.",
                )
            )
        return found
