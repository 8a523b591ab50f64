"""Jobs of office hours. Each takes ids, may run twice, and calls an operation."""

from procrastinate.contrib.django import app

from accounts.models import User
from appointments import operations
from core.history import job


@app.periodic(cron="* * * * *")
@app.task(name="appointments.lapse_due", queueing_lock="appointments.lapse_due")
@job
def lapse_due(timestamp: int) -> None:
    """Write down which requests were not answered in time."""
    operations.lapse_due()


@app.task(name="appointments.release_appointments", retry=3)
@job
def release_appointments(user_id: int) -> None:
    operations.release_person(User.objects.get(pk=user_id))
