"""What waits for an advisor."""

from typing import Any

from students.queries.advising import advisee_rows, advisees

# Of more than these nobody asks on a first page; the list has all.
LOOKED_AT, SHOWN = 200, 8


def advising(user: Any) -> dict[str, Any]:
    """Return the advisees who need a word, and how many advisees there are."""
    found = list(advisees(user).order_by("user__family_name", "user__given_name", "pk")[:LOOKED_AT])
    worried = [row for row in advisee_rows(found) if row.needs_a_word]
    return {"advisee_count": len(found), "worried": worried[:SHOWN]}
