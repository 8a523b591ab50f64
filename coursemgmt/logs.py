"""Log lines without the secrets that stand in addresses: who reads a log must not read anybody's calendar."""

import logging
import re
from typing import Any

from gunicorn.glogging import Logger

_FEED = re.compile(r"(/feeds/)[^/\s?\"']+")
_INVITATION = re.compile(r"(/invitations/[0-9a-f-]{36}/)(?!resend/|revoke/)[^/\s?\"']+")


def without_secrets(text: str) -> str:
    return _INVITATION.sub(r"\1***", _FEED.sub(r"\1***", text))


class HideSecrets(logging.Filter):
    """Rewrite a record that names the address of a feed or of an invitation."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "/feeds/" in text or "/invitations/" in text:
            record.msg, record.args = without_secrets(text), ()
        return True


class AccessLogger(Logger):
    """The access log of gunicorn, where the path is no path of the site's own logging."""

    def atoms(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        found = super().atoms(*args, **kwargs)
        return {name: without_secrets(value) if isinstance(value, str) else value for name, value in found.items()}
