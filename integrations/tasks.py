"""Jobs of imports. Each takes ids, may run twice, and calls an operation."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from core.history import job
from integrations import operations
from integrations.models import ImportRun

RETRY = RetryStrategy(max_attempts=5, exponential_wait=2)


@app.task(name="integrations.go_on", retry=RETRY)
@job
def go_on(run_id: int) -> None:
    """Check or apply a long file."""
    run = ImportRun.objects.select_related("by", "term").get(pk=run_id)
    if run.state == ImportRun.State.CHECKING:
        operations.check_run(run)
    elif run.state == ImportRun.State.APPLYING:
        operations.carry_out(run)
