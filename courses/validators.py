"""Is this value of the catalogue well formed?"""

import re
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

validate_code = RegexValidator(
    r"^[A-Za-z0-9](?:[A-Za-z0-9 .:&_/-]*[A-Za-z0-9])?\Z",
    _("Use letters, digits, spaces and . : & _ / - only."),
    code="code",
)

GRADES = ["A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F"]
MAX_DEPTH = 6
MAX_LEAVES = 60


def course_sort_key(subject: str, number: str) -> str:
    """Return a key under which "9" stands before "10" and "10" before "10A"."""
    match = re.match(r"(\D*)(\d*)(.*)", number)
    before, digits, after = match.groups() if match else (number, "", "")
    return f"{subject:<10} {before}{digits:0>6}{after}"[:40].upper()


def leaves(expression: Any) -> list[dict[str, Any]]:
    """Return the leaves of a requirement tree, in order."""
    for word in ("all", "any"):
        if word in expression:
            return [leaf for child in expression[word] for leaf in leaves(child)]
    return [expression]


def validate_requirement(value: Any) -> None:
    """Refuse anything that is not a tree of all, any and course leaves."""
    _check(value, depth=0)
    if len(leaves(value)) > MAX_LEAVES:
        raise ValidationError(_("A requirement names at most %(n)s courses."), code="size", params={"n": MAX_LEAVES})


def _check(node: Any, depth: int) -> None:
    if not isinstance(node, dict) or depth > MAX_DEPTH:
        raise ValidationError(_("A requirement is a tree of “all”, “any” and courses."), code="tree")
    for word in ("all", "any"):
        if word in node:
            if set(node) != {word} or not isinstance(node[word], list) or not node[word]:
                raise ValidationError(
                    _("“%(word)s” holds a list of at least one part."), code="tree", params={"word": word}
                )
            for child in node[word]:
                _check(child, depth + 1)
            return
    if set(node) - {"course", "min_grade", "concurrent_ok"} or not isinstance(node.get("course"), str):
        raise ValidationError(_("A part of a requirement names a course, a least grade and concurrency."), code="leaf")
    try:
        # Ids are compared as text everywhere, so only the one way to write them will do.
        known = str(uuid.UUID(node["course"])) == node["course"]
    except ValueError:
        known = False
    if not known:
        raise ValidationError(_("A requirement names a course by its id."), code="course")
    if node.get("min_grade") not in [None, *GRADES]:
        raise ValidationError(
            _("The least grade is one of %(grades)s."), code="grade", params={"grades": ", ".join(GRADES)}
        )
    if not isinstance(node.get("concurrent_ok", False), bool):
        raise ValidationError(_("Concurrency is true or false."), code="concurrent")
