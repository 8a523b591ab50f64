"""Whatever is odd about a body is refused in words."""

import io

import pytest
from rest_framework.exceptions import ParseError

from core.parsers import StrictJSONParser, TooLarge

pytestmark = pytest.mark.row("I05")


def parse(body: bytes):
    return StrictJSONParser().parse(io.BytesIO(body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1,]",
        b"{'a': 1}",
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"[" * 20_000 + b"]" * 20_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b"[" * 60 + b"]" * 60,
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": 9223372036854775808}',
        b'{"a": ' + b"9" * 10_000 + b"}",
        b'{"a": "b\\u0000"}',
        b'{"b\\u0000": 1}',
        b'{"a": ["\\ud800"]}',
        b'{"a": 1, "a": 2}',
    ],
)
def test_odd_body_is_refused(body):
    with pytest.raises(ParseError) as caught:
        parse(body)
    assert caught.value.status_code == 400
    assert len(str(caught.value.detail)) <= 300


def test_body_beyond_the_limit_is_too_large(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert parse(b'"12345678"') == "12345678"
    with pytest.raises(TooLarge):
        parse(b'"123456789"')


def test_ordinary_body_is_read():
    body = '{"name": "Zoë 😀", "n": -9223372036854775808, "f": 1.5, "list": [null, true]}'.encode()
    assert parse(body) == {"name": "Zoë 😀", "n": -(2**63), "f": 1.5, "list": [None, True]}
