"""Jobs of the timetable. Each takes ids, may run twice, and calls an operation."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from core.history import job
from scheduling import operations
from scheduling.models import Rollover

RETRY = RetryStrategy(max_attempts=5, exponential_wait=2)


@app.task(name="scheduling.go_on", retry=RETRY)
@job
def go_on(rollover_id: int) -> None:
    """Look at the sections of a rollover, copy them, or take them back."""
    rollover = Rollover.objects.select_related("by", "source", "target", "undone_by").get(pk=rollover_id)
    if rollover.state == Rollover.State.PREVIEWING:
        operations.preview(rollover)
    elif rollover.state == Rollover.State.APPLYING:
        operations.carry_out(rollover)
    elif rollover.state == Rollover.State.UNDOING:
        operations.carry_out_undo(rollover)
