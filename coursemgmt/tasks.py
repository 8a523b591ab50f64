"""Jobs of maintenance: in a queue of their own, for the one worker whose login may do them."""

from procrastinate.contrib.django import app

from core.history import job
from coursemgmt import seals

QUEUE = "maintenance"


@app.periodic(cron="*/10 * * * *")
@app.task(name="coursemgmt.seal_history", queue=QUEUE, queueing_lock="coursemgmt.seal_history")
@job
def seal_history(timestamp: int) -> None:
    seals.seal()
