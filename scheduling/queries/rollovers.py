"""What a rollover found, in numbers."""

from django.db.models import Count, Q

from scheduling.models import Rollover, RolloverLine


def counts_of(rollover: Rollover) -> dict[str, int]:
    """Return how many sections there are of each result, and how many with something in the way."""
    found = rollover.lines.aggregate(
        total=Count("pk"),
        clash=Count("pk", filter=Q(has_clash=True)),
        **{result: Count("pk", filter=Q(result=result)) for result in RolloverLine.Result.values},
    )
    return {name: int(n) for name, n in found.items()}
