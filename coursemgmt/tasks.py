"""Jobs of maintenance: in a queue of their own, for the one worker whose login may do them. Each may run twice."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from core.history import job
from coursemgmt import seals
from coursemgmt.models import DataRequest
from coursemgmt.privacy import erasure, operations, retention

QUEUE = "maintenance"
RETRY = RetryStrategy(max_attempts=10, exponential_wait=2)


@app.task(name="coursemgmt.make_copy", retry=RETRY)
@job
def make_copy(request_id: int) -> None:
    operations.make_copy(DataRequest.objects.select_related("subject").get(pk=request_id))


@app.task(name="coursemgmt.erase", queue=QUEUE, retry=RETRY)
@job
def erase(request_id: int) -> None:
    erasure.carry_out(DataRequest.objects.get(pk=request_id))


@app.periodic(cron="*/10 * * * *")
@app.task(name="coursemgmt.seal_history", queue=QUEUE, queueing_lock="coursemgmt.seal_history")
@job
def seal_history(timestamp: int) -> None:
    seals.seal()


@app.periodic(cron="30 3 * * *")
@app.task(name="coursemgmt.purge", queue=QUEUE, queueing_lock="coursemgmt.purge")
@job
def purge(timestamp: int) -> None:
    retention.purge()
