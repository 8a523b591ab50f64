"""Log lines that cannot be forged and hold nobody's secrets: one line for each record, by default one JSON object.

What an exception says is left out, since it repeats values: the type, the place and, of the database, the code and the
name of the constraint stay.
"""

import json
import logging
import os
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from gunicorn.glogging import Logger

from coursemgmt import env

FORMATS = ("JSON", "LINE")
HIDDEN = "***"
# An address that is a secret by itself: feeds, links in mail.
_SECRET_PATH = re.compile(
    r"(/(?:feeds|invitations/[0-9a-f-]{36}|accounts/password/reset/key|accounts/confirm-email)/)"
    r"(?!resend/|revoke/)[^/\s?\"']+"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.I)
_LONG_PART = re.compile(r"(?<=/)(?=[^/\s?\"'.]*\d)(?=[^/\s?\"'.]*[A-Za-z])[\w:=-]{16,}")
_QUERY = re.compile(r"\?[^\s\"']+")
_TOKEN = re.compile(r"\b(?:cms_[\w-]+|eyJ[\w-]+(?:\.[\w-]+)*)")
_EMAIL = re.compile(r"[^\s<>\"'(),:;=]+@[\w-]+(?:\.[\w-]+)+")
# What moves a cursor, ends a line or turns the direction of text.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def without_secrets(text: str) -> str:
    """Return `text` without what opens a door or names a person: keys in addresses, queries, tokens, e-mail."""
    text = _SECRET_PATH.sub(rf"\1{HIDDEN}", text)
    text = _QUERY.sub(f"?{HIDDEN}", text)
    text = _LONG_PART.sub(lambda found: found[0] if _UUID.match(found[0]) else HIDDEN, text)
    return _EMAIL.sub(HIDDEN, _TOKEN.sub(HIDDEN, text))


def on_one_line(text: str) -> str:
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def log_format() -> str:
    return env.choice("LOG_FORMAT", "LINE" if env.boolean("DEBUG", False) else "JSON", FORMATS)


def formatter() -> logging.Formatter:
    return JsonFormatter() if log_format() == "JSON" else LineFormatter()


class HideSecrets(logging.Filter):
    """Rewrite what a record says."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_secrets(record.getMessage()), ()
        return True


class JsonFormatter(logging.Formatter):
    """One object a line: at, level, logger, message; of a request its status; of an exception type and places."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if status := getattr(record, "status_code", None):
            said["status"] = status
        if record.exc_info and record.exc_info[1]:
            said["exceptions"] = list(exceptions(record.exc_info[1]))
        return json.dumps(said, default=str)


class LineFormatter(logging.Formatter):
    """For people who read along: the record on one line, the places of an exception below it."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:
        return on_one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        if env.boolean("DEBUG", False):
            return super().formatException(ei)
        found = (f"  {' '.join(map(str, one.values()))}" for one in exceptions(ei[1]))
        return "\n".join(found)


def exceptions(exc: BaseException | None) -> Iterator[dict[str, Any]]:
    """Yield of an exception and what caused it the type, the code of the database, and where it was, inner first."""
    while exc is not None:
        said: dict[str, Any] = {"type": type(exc).__name__}
        diagnosis = getattr(exc, "diag", None)
        if diagnosis is not None:
            said["code"] = diagnosis.sqlstate
            said["constraint"] = diagnosis.constraint_name
        frames = traceback.extract_tb(exc.__traceback__)
        said["at"] = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in reversed(frames)][:30]
        yield said
        exc = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)


def _short(path: str) -> str:
    _folder, found, rest = path.rpartition("site-packages" + os.sep)
    return rest if found else os.path.relpath(path) if path.startswith(os.getcwd()) else os.path.basename(path)


class AccessLogger(Logger):
    """The logs of gunicorn in the same form, with neither query nor referrer."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(formatter())
                handler.addFilter(HideSecrets())

    def atoms(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        found = super().atoms(*args, **kwargs)
        return {name: without_secrets(value) if isinstance(value, str) else value for name, value in found.items()}

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        if not self.access_log_enabled:
            return
        atoms = self.atoms(resp, req, environ, request_time)
        fields = {
            "address": atoms["h"],
            "status": int(atoms["s"]),
            "bytes": atoms["B"],
            "milliseconds": atoms["M"],
            "agent": atoms["a"],
        }
        words = '%s "%s" %s %s %sms "%s"'
        if log_format() == "JSON":
            self.access_log.info(atoms["r"], extra={"fields": fields})
        else:
            self.access_log.info(words, atoms["h"], atoms["r"], atoms["s"], atoms["B"], atoms["M"], atoms["a"])
