"""Jobs of the outbox. Each takes ids, may run twice, and calls an operation."""

from procrastinate import RetryStrategy, job_context
from procrastinate.contrib.django import app

from notifications import operations


@app.task(
    name="notifications.send_message",
    queue="mail",
    retry=RetryStrategy(max_attempts=operations.MAX_ATTEMPTS, exponential_wait=4),
)
def send_message(message_id: int) -> None:
    operations.deliver(message_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="notifications.enqueue_overdue", queue="mail", queueing_lock="notifications.enqueue_overdue")
def enqueue_overdue(timestamp: int) -> None:
    operations.enqueue_overdue()


@app.periodic(cron="* * * * *")
@app.task(name="notifications.retry_stalled", queueing_lock="notifications.retry_stalled", pass_context=True)
async def retry_stalled(context: job_context.JobContext, timestamp: int) -> None:
    """Run again the jobs of workers that died: the library leaves them marked as being done."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs():
        if job.id != context.job.id:
            await manager.retry_job(job)
