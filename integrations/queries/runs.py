"""What an import found, in numbers."""

from django.db.models import Count

from integrations.models import ImportRun


def counts_of(run: ImportRun) -> dict[str, int]:
    """Return how many rows there are of each result, and of each action with each result: "enroll_done"."""
    found: dict[str, int] = {}
    for action, result, n in run.rows.order_by().values_list("action", "result").annotate(n=Count("pk")):
        found[result] = found.get(result, 0) + n
        found[f"{action}_{result}"] = n
    return found
