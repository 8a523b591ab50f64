"""Read the mails that the local backend wrote, newest first."""

import email
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

NAME = re.compile(r"[0-9T]+-[0-9a-f]{8}\Z")


@dataclass(frozen=True)
class LocalMail:
    name: str
    subject: str
    to: str
    sent_at: datetime | None
    text: str
    html: str
    calendar: str


def names() -> list[str]:
    folder = Path(settings.MAIL_DIR)
    return sorted((path.stem for path in folder.glob("*.eml")), reverse=True) if folder.is_dir() else []


def read(name: str) -> LocalMail | None:
    """Return the mail of this name, or None: a name that is not one of ours chooses no path."""
    path = Path(settings.MAIL_DIR) / f"{name}.eml"
    if not NAME.match(name) or not path.is_file():
        return None
    message = email.message_from_bytes(path.read_bytes(), EmailMessage, policy=policy.default)
    parts = {"text/plain": "", "text/html": "", "text/calendar": ""}
    for part in message.walk():
        if part.get_content_type() in parts and not parts[part.get_content_type()]:
            parts[part.get_content_type()] = part.get_content()
    sent_at = parsedate_to_datetime(message["Date"]) if message["Date"] else None
    if sent_at is not None and sent_at.tzinfo is None:
        sent_at = sent_at.replace(tzinfo=UTC)  # the standard library's reading of "-0000"
    return LocalMail(
        name=name,
        subject=str(message["Subject"] or ""),
        to=str(message["To"] or ""),
        sent_at=sent_at,
        text=parts["text/plain"],
        html=parts["text/html"],
        calendar=parts["text/calendar"],
    )


def remove_mentions(words: list[str]) -> None:
    """Remove the mails that name one of the words: of somebody who is erased."""
    for name in names():
        mail = read(name)
        said = f"{mail.to} {mail.subject} {mail.text} {mail.html} {mail.calendar}".casefold() if mail else ""
        if any(word.casefold() in said for word in words if word):
            (Path(settings.MAIL_DIR) / f"{name}.eml").unlink(missing_ok=True)
