"""How scores look on pages."""

from decimal import Decimal

from django import template

from students.validators import shorten

register = template.Library()


@register.filter
def score(number: Decimal | None) -> str:
    """Show a number without the zeros that say nothing: 87.50 is "87.5"; nothing is a dash."""
    return "\N{EN DASH}" if number is None else shorten(number)
