"""Lists of rules that a deed asks before it acts, and that a page shows when it may not."""

from dataclasses import dataclass, field
from typing import Any

from core.errors import DomainError


@dataclass(frozen=True)
class Rule:
    name: str
    passed: bool
    error: DomainError
    lifted_by: str | None = None
    # What it is about in a few words, for lists that show passed rules too.
    title: str = ""
    # The kind of permission that lifts it, for a request by one click.
    lifted_with: str | None = None


def rule(
    passed: bool,
    error: DomainError,
    lifted_by: str | None = None,
    name: str | None = None,
    *,
    title: str = "",
    lifted_with: str | None = None,
) -> Rule:
    """Return one rule; its name is the code of its error unless given."""
    return Rule(name or error.code, bool(passed), error, lifted_by, title, lifted_with)


@dataclass
class Check:
    """The answer of all rules, in the order a person would want to hear them."""

    rules: list[Rule] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(rule.passed for rule in self.rules)

    @property
    def failed(self) -> list[Rule]:
        return [rule for rule in self.rules if not rule.passed]

    def without(self, *names: str) -> "Check":
        """Return the same check with the rules of these names left out."""
        return Check([rule for rule in self.rules if rule.name not in names])

    def raise_refusal(self) -> None:
        """Raise the error of the first rule that failed; it carries the whole list."""
        for failure in self.failed:
            failure.error.rules = self.as_dicts()
            raise failure.error

    def as_dicts(self) -> list[dict[str, Any]]:
        return [
            {
                "rule": rule.name,
                "title": rule.title,
                "passed": rule.passed,
                "reason": "" if rule.passed else str(rule.error),
                "facts": {} if rule.passed else rule.error.facts,
                "lifted_by": rule.lifted_by,
                "lifted_with": rule.lifted_with,
            }
            for rule in self.rules
        ]
