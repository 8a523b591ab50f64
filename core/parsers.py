"""JSON into the API, and nothing that would surprise what stands behind it."""

import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

DEEPEST = 40
MOST_DIGITS = 30


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError("A number has too many digits.")
    return int(text)


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
            text = stream.read().decode("utf-8")
            value = json.loads(text, parse_int=_whole, parse_constant=_no_constant, object_pairs_hook=_pairs)
            refuse_odd_text(value)
        except (ValueError, RecursionError) as exc:
            words = (
                str(exc) if not isinstance(exc, UnicodeDecodeError | RecursionError) else "The body is not readable."
            )
            raise ParseError(f"JSON parse error: {words}"[:300]) from exc
        return value
