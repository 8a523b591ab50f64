"""Is this score or grade well formed?"""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from courses.validators import GRADES

PASS, NO_PASS, WITHDRAWN, INCOMPLETE = "P", "NP", "W", "I"
FINAL_GRADES = [*GRADES, PASS, NO_PASS, WITHDRAWN, INCOMPLETE]
# On the record, but without credits.
NO_CREDIT = {"F", NO_PASS, WITHDRAWN, INCOMPLETE}
EXEMPT = "EX"
CENT = Decimal("0.01")
_NUMBER = re.compile(r"(\d{1,5})(?:[.,](\d{1,2}))?\Z", re.ASCII)


class Mark(NamedTuple):
    """What stands in one cell of a grade sheet: a score, nothing yet, or exempt."""

    score: Decimal | None = None
    is_exempt: bool = False

    @property
    def text(self) -> str:
        """The mark as it is typed: "87.5", "EX" or nothing."""
        if self.is_exempt:
            return EXEMPT
        return "" if self.score is None else shorten(self.score)


def shorten(number: Decimal) -> str:
    """Return a number without the zeros that say nothing: 87.50 is "87.5", 100.00 is "100"."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_mark(text: str) -> Mark:
    """Read what was typed into a cell; a comma counts as a point. Any beginning of "exempt" from "ex" on is exempt."""
    word = text.strip()
    if not word:
        return Mark()
    if word.lower().startswith("ex") and "exempt".startswith(word.lower()):
        return Mark(is_exempt=True)
    match = _NUMBER.match(word)
    if match is None:
        raise ValidationError(
            _("Type a number with at most two decimals, “EX” for exempt, or nothing."), code="score_malformed"
        )
    whole, cents = match.groups()
    return Mark(Decimal(f"{whole}.{cents or 0}").quantize(CENT))


def rounded(number: Decimal) -> Decimal:
    return number.quantize(CENT, ROUND_HALF_UP)


def earns_credit(grade: str) -> bool:
    return bool(grade) and grade not in NO_CREDIT
