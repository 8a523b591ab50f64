"""How scores and the states of enrollments look on pages."""

from decimal import Decimal
from typing import Any

from django import template

from students.validators import shorten

register = template.Library()


@register.filter
def score(number: Decimal | None) -> str:
    """Show a number without the zeros that say nothing: 87.50 is "87.5"; nothing is a dash."""
    return "\N{EN DASH}" if number is None else shorten(number)


TONES = {
    "registered": "good",
    "auditing": "good",
    "completed": "good",
    "incomplete": "warning",
    "pending_approval": "warning",
    "pending_payment": "warning",
}


@register.inclusion_tag("components/status_badge.html")
def enrollment_badge(enrollment: Any) -> dict[str, Any]:
    """Show the state of an enrollment as icon and word."""
    return {"tone": TONES.get(enrollment.status, "neutral"), "label": enrollment.get_status_display()}
