"""What ends by the clock: offers, seats that were not paid, lines."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from courses.models import Section
from notifications.operations import notify
from students.models import Enrollment, WaitlistEntry, WaitlistEvent
from students.operations.endings import end_seat
from students.operations.history import line_event
from students.operations.offers import end_offer


def settle(section: Section, now: datetime) -> int:
    """Write down what has ended by the clock in a locked section and return how much it was.

    What has ended counts as such everywhere before it is written down, so no job's delay keeps a seat from anybody.
    """
    ended = Q(status="offered", offer_expires_at__lte=now)
    if section.line_is_over(now):
        ended |= Q(status="waiting")
    entries = list(WaitlistEntry.objects.filter(ended, section=section).select_related("student__user").order_by("seq"))
    for entry in entries:
        if entry.status == WaitlistEntry.Status.OFFERED:
            end_offer(entry, WaitlistEntry.Status.EXPIRED, by=None, now=now)
        else:
            _close(entry, now)
    unpaid = list(Enrollment.objects.unpaid(now).filter(section=section).order_by("pk"))
    for enrollment in unpaid:
        end_seat(enrollment, Enrollment.Status.CANCELLED, by=None, reason=_("Not paid in time"), now=now)
    return len(entries) + len(unpaid)


def _close(entry: WaitlistEntry, now: datetime) -> None:
    entry.status = WaitlistEntry.Status.CLOSED
    entry.save(update_fields=["status"])
    line_event(entry, WaitlistEvent.Kind.CLOSED, by=None, now=now)
    notify("line_closed", to=entry.student.user, about=entry)
