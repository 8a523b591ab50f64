"""JSON for the API."""

from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import JSONRenderer


def _default(value: Any) -> Any:
    if isinstance(value, Promise) or hasattr(value, "__str__"):
        return str(value)
    raise TypeError


class OrjsonRenderer(JSONRenderer):
    """Render by orjson: instants in UTC with Z, decimals as text."""

    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        if data is None:
            return b""
        return orjson.dumps(data, default=_default, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)
