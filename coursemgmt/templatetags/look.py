"""Tags for what recurs on pages: seats, instants, states, people, colors of courses."""

import zlib
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

HUES = 8
# A filter of more fields than these keeps the first three in sight.
UNFOLDED, IN_SIGHT = 4, 3
NEAR_MINUTES = 4 * 60
GOOD = {
    "open", "enrolled", "registered", "auditing", "active", "booked", "confirmed", "done", "completed", "published",
    "accepted", "approved",
}  # fmt: skip
WARNING = {
    "waiting",
    "waitlisted",
    "pending_approval",
    "pending_payment",
    "incomplete",
    "offered",
    "pending",
    "requested",
    "draft",
    "partial",
    "closed",
    "on_hold",
}
DANGER = {"failed", "refused", "clash", "blocked", "suspended", "rejected", "no_show", "dismissed"}


@register.inclusion_tag("components/seats.html")
def seats(
    capacity: int | None = None, free: int | None = None, taken: int | None = None, waiting: int = 0
) -> dict[str, Any]:
    """Show how many seats are left: `{% seats capacity=40 free=12 waiting=3 %}`."""
    if capacity is not None:
        taken = capacity - (free or 0) if taken is None else taken
        free = max(capacity - taken, 0) if free is None else free
    return {"seats": {"capacity": capacity, "free": free, "taken": taken, "waiting": waiting}}


def _day(at: datetime) -> str:
    # The year is said only when it is not this one.
    return date_format(at, "D j M" if at.year == timezone.localtime().year else "D j M Y")


@register.simple_tag
def when(starts_at: datetime | None, ends_at: datetime | None = None) -> str | SafeString:
    """Show an instant or a span: "Mon 24 Nov, 10:00-10:50", and the viewer's zone if it is not the campus's."""
    if not starts_at:
        return _("no time set")
    start = timezone.localtime(starts_at)
    text = f"{_day(start)}, {start:%H:%M}"
    if ends_at:
        end = timezone.localtime(ends_at)
        same_day = end.date() == start.date()
        text += f"\N{EN DASH}{end:%H:%M}" if same_day else f" \N{EN DASH} {_day(end)}, {end:%H:%M}"
    zone = timezone.get_current_timezone_name()
    iso = start.isoformat()
    if zone == settings.CAMPUS_TIME_ZONE:
        return format_html('<time datetime="{}">{}</time>', iso, text)
    return format_html('<time datetime="{}">{}</time> <span class="zone">{}</span>', iso, text, zone)


@register.filter
def soon(starts_at: datetime, now: datetime) -> str:
    """Say how near an instant is, "in 20 minutes", and nothing of one that is hours away: the time stands beside it."""
    minutes = int((starts_at - now).total_seconds() // 60)
    if minutes < 0 or minutes >= NEAR_MINUTES:
        return ""
    if minutes < 60:
        return ngettext("in %(n)s minute", "in %(n)s minutes", minutes) % {"n": minutes}
    return _("in %(length)s") % {"length": duration(minutes)}


@register.filter
def duration(value: timedelta | int | None) -> str:
    """Say a length of time in words; a number is minutes: "1 h 30 min"."""
    if value is None:
        return ""
    total = int(value.total_seconds() // 60) if isinstance(value, timedelta) else int(value)
    hours, minutes = divmod(total, 60)
    parts = []
    if hours:
        parts.append(_("%(n)s h") % {"n": hours})
    if minutes or not hours:
        parts.append(ngettext("%(n)s min", "%(n)s min", minutes) % {"n": minutes})
    return " ".join(parts)


@register.inclusion_tag("components/status_badge.html")
def status_badge(status: str, label: str | None = None, tone: str | None = None) -> dict[str, Any]:
    """Show a state as icon and word; the tone follows the state's name unless given."""
    name = str(status)
    if tone is None:
        tone = "good" if name in GOOD else "warning" if name in WARNING else "danger" if name in DANGER else "neutral"
    return {"tone": tone, "label": label or name.replace("_", " ").capitalize()}


@register.simple_tag
def person(user: Any, role: str = "") -> str | SafeString:
    """Show a name as its owner writes it, in its own direction, with a role if given."""
    if user is None:
        return _("nobody yet")
    name = getattr(user, "display_name", None) or str(user)
    if role:
        return format_html('<bdi class="person">{}</bdi> <span class="quiet">{}</span>', name, role)
    return format_html('<bdi class="person">{}</bdi>', name)


@register.filter
def course_hue(code: Any) -> int:
    """Return the number, 1 to 8, of the color of this course: the same on every page and in every process."""
    return zlib.crc32(str(code).encode()) % HUES + 1


@register.simple_tag
def folded(form: Any) -> dict[str, Any]:
    """Split the fields of a filter: the first ones in sight, and the rest to unfold where there are more than four."""
    fields = list(form)
    if len(fields) <= UNFOLDED:
        return {"first": fields, "rest": [], "is_open": False}
    first, rest = fields[:IN_SIGHT], fields[IN_SIGHT:]
    return {"first": first, "rest": rest, "is_open": any(field.data for field in rest)}


@register.simple_tag(takes_context=True)
def querystring(context: template.Context, **changes: Any) -> str:
    """Return the query of this page with some parameters changed; None or an empty text removes one."""
    request = context.get("request")
    query: Any = request.GET.copy() if request else {}
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + query.urlencode() if query else "?"
