"""Refusals: a rule says no. They know nothing of HTTP, forms or JSON."""

from typing import Any

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule says no: a `code` for machines, a sentence with %(facts)s for people, and the `field` at fault if any."""

    code = "refused"
    message: Any = _("This is not possible.")
    field: str | None = None

    def __init__(self, message: Any = None, *, field: str | None = None, **facts: Any) -> None:
        self.facts = facts
        if message is not None:
            self.message = message
        if field is not None:
            self.field = field
        # The rules that were asked, when the refusal comes from a list of them.
        self.rules: list[dict[str, Any]] = []
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message) % self.facts if self.facts else str(self.message)


class Conflict(DomainError):
    """The world as it is now forbids it: full, taken, clash, closed."""

    code = "conflict"


class Taken(Conflict):
    """A constraint of the database said no, which means that somebody else was first."""

    code = "taken"
    message = _("This exists already, or the time is taken.")


class NotAllowed(DomainError):
    """This person may not do this to this object."""

    code = "not_allowed"
    message = _("You may not do this.")


class Busy(DomainError):
    """Too many at once; the same request a moment later may succeed."""

    code = "busy"
    message = _("Many people are doing this right now. Try again in a moment.")


class ReasonMissing(Conflict):
    """A deed that somebody may ask about later needs words."""

    code = "reason_missing"
    message = _("Say why: the reason is kept.")
    field = "reason"
