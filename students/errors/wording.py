"""Words that several refusals share."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format


def said(at: datetime) -> str:
    """Return an instant in the reader's zone, with the zone named."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'j M Y, H:i')} {local.tzname()}"
