"""Turn a message of the outbox into a mail: text and HTML in the reader's language and zone, calendar part if any."""

import re
from datetime import UTC, datetime
from typing import Any

import icalendar
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import timezone, translation

from notifications.events import CalendarPart, Event
from notifications.models import OutboxMessage


def build_mail(message: OutboxMessage, definition: Event, about: Any) -> EmailMultiAlternatives:
    """Return the mail, ready to send."""
    recipient = message.reader
    with translation.override(recipient.locale), timezone.override(recipient.zone):
        context = {
            "recipient": recipient,
            "about": about,
            "facts": message.facts,
            "site_name": settings.SITE_NAME,
            "site_url": settings.SITE_URL,
            "zone": recipient.zone,
            "language": recipient.locale,
            **definition.context(about, recipient, message.facts),
        }
        subject = one_line(_plain(definition.template + ".subject.txt", context))
        # Tags of a template that say nothing leave empty lines.
        text = re.sub(r"\n{3,}", "\n\n", _plain(definition.template + ".txt", context)).strip() + "\n"
        html = render_to_string(definition.template + ".html", context)
        part = definition.calendar(about, recipient, message.facts) if definition.calendar else None
    mail = EmailMultiAlternatives(
        subject=subject, body=text, to=[recipient.email], headers={"Message-ID": message.message_id}
    )
    mail.attach_alternative(html, "text/html")
    if part is not None:
        # An alternative, not an attachment: mail programs then treat it as the invitation itself.
        mail.attach_alternative(invitation(part, recipient).decode(), f"text/calendar; method={part.method}")
    return mail


def _plain(name: str, context: dict[str, Any]) -> str:
    # Plain text is not HTML: nothing is escaped in it.
    template: Any = get_template(name)
    return template.template.render(Context(context, autoescape=False))


def one_line(text: str) -> str:
    """Return `text` without line breaks and control characters, so that no header can be added through it."""
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", text).strip()


def _clean(text: str) -> str:
    """Return `text` without control characters but for line breaks, which a calendar line would not survive."""
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", " ", text.replace("\r\n", "\n"))


def invitation(part: CalendarPart, recipient: Any) -> bytes:
    """Return the calendar of one event, for one reader, in UTC."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//coursemgmt//appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", part.method)
    item = icalendar.Event()
    item.add("uid", part.uid)
    item.add("sequence", part.sequence)
    item.add("dtstamp", datetime.now(UTC))
    item.add("dtstart", part.starts_at.astimezone(UTC))
    item.add("dtend", part.ends_at.astimezone(UTC))
    item.add("summary", one_line(part.summary))
    if part.location:
        item.add("location", one_line(part.location))
    if part.description:
        item.add("description", _clean(part.description))
    item.add("status", "CANCELLED" if part.method == "CANCEL" else "CONFIRMED")
    organizer = icalendar.vCalAddress(f"mailto:{part.organizer_email}")
    organizer.params["CN"] = icalendar.vText(one_line(part.organizer_name))
    item["organizer"] = organizer
    attendee = icalendar.vCalAddress(f"mailto:{recipient.email}")
    attendee.params["CN"] = icalendar.vText(one_line(recipient.display_name))
    attendee.params["PARTSTAT"] = icalendar.vText("ACCEPTED")
    item.add("attendee", attendee, encode=False)
    calendar.add_component(item)
    return calendar.to_ical()
