"""Jobs of registration. Each takes ids, may run twice, and calls an operation."""

from datetime import datetime

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.models import User
from core.history import job
from courses.models import Section
from students import operations

RETRY = RetryStrategy(max_attempts=10, exponential_wait=2)


@app.task(name="students.promote_line", retry=RETRY)
@job
def promote_line(section_id: int, since: str) -> None:
    operations.promote(Section.objects.get(pk=section_id), by=None, since=datetime.fromisoformat(since))


@app.task(name="students.release_seats", retry=RETRY)
@job
def release_seats(user_id: int) -> None:
    operations.release_person(User.objects.get(pk=user_id))


@app.periodic(cron="*/5 * * * *")
@app.task(name="students.release_reservations", queueing_lock="students.release_reservations")
@job
def release_reservations(timestamp: int) -> None:
    """Give reserved seats whose time is over to those who wait."""
    operations.release_due()


@app.periodic(cron="40 11 * * *")
@app.task(name="students.warn_of_ends", queueing_lock="students.warn_of_ends")
@job
def warn_of_ends(timestamp: int) -> None:
    """Tell those in classes that close soon; once each."""
    operations.warn_of_ends()


@app.periodic(cron="20 * * * *")
@app.task(name="students.complete_graded", queueing_lock="students.complete_graded")
@job
def complete_graded(timestamp: int) -> None:
    """End the enrollments whose class is over since their grade was posted."""
    operations.complete_graded()


@app.periodic(cron="* * * * *")
@app.task(name="students.pass_on_lapsed", queueing_lock="students.pass_on_lapsed")
@job
def pass_on_lapsed(timestamp: int) -> None:
    """Pass on what has ended by the clock, and what somebody in line may take now whom something kept before."""
    operations.end_expired_seats()
    operations.pass_on_lapsed()
    operations.retry_lines()


@app.task(name="students.claim_seats", retry=RETRY)
@job
def claim_seats(user_id: int) -> None:
    """Give the seats that are kept for the addresses of a person who confirmed them."""
    operations.claim_seats(User.objects.get(pk=user_id))
