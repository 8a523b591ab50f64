"""JSON into the API, and nothing that would surprise what stands behind it."""

import json
import math
from typing import Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

DEEPEST = 40
BIGGEST = 2**63


class TooLarge(APIException):
    status_code = 413
    default_detail = "The request is too large."
    default_code = "too_large"


def _whole(text: str) -> int:
    if len(text) > 20 or not -BIGGEST <= int(text) < BIGGEST:
        raise ValueError("A number is too large.")
    return int(text)


def _fraction(text: str) -> float:
    if math.isinf(value := float(text)):
        raise ValueError("A number is too large.")
    return value


def _no_constant(text: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON.")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A key stands twice in one object.")
    return found


def refuse_odd_text(value: Any, depth: int = 0) -> None:
    """Raise ValueError for NUL, lone surrogates, and objects nested too deep."""
    if depth > DEEPEST:
        raise ValueError("The request is nested too deep.")
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("Text cannot contain the character NUL.")
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise ValueError("Text cannot contain lone surrogates.") from exc
    elif isinstance(value, dict):
        for key, inner in value.items():
            refuse_odd_text(key, depth + 1)
            refuse_odd_text(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            refuse_odd_text(inner, depth + 1)


class StrictJSONParser(JSONParser):
    """Parse JSON; whatever is odd about it is a 400 in words."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            # Django limits the bodies that it reads itself; this one it does not.
            body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise TooLarge()
            value = json.loads(
                body.decode("utf-8"),
                parse_int=_whole,
                parse_float=_fraction,
                parse_constant=_no_constant,
                object_pairs_hook=_pairs,
            )
            refuse_odd_text(value)
        except (ValueError, RecursionError) as exc:
            words = (
                str(exc) if not isinstance(exc, UnicodeDecodeError | RecursionError) else "The body is not readable."
            )
            raise ParseError(f"JSON parse error: {words}"[:300]) from exc
        return value
