"""What every deed of registration writes besides its row: the event and the message."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from notifications.operations import notify
from students.models import Enrollment, EnrollmentEvent, Override, StudentProfile, WaitlistEntry, WaitlistEvent
from students.querysets import LIVE

GRADED = [Enrollment.Status.COMPLETED, Enrollment.Status.INCOMPLETE]
REVIVED = [Enrollment.Status.DROPPED, Enrollment.Status.CANCELLED]


def give_seat(
    student: StudentProfile, section: Any, *, by: Any, source: str, now: datetime, reason: str = ""
) -> Enrollment:
    """Write the enrollment. The caller holds the locks and has asked every rule.

    A dropped or cancelled row is revived, so that its grades stay attached; after withdrawn or completed a new one is
    made, because the old one is on the record. Overrides that let the student in are used up.
    """
    old = Enrollment.objects.filter(student=student, section=section, status__in=REVIVED).order_by("-pk").first()
    enrollment = old or Enrollment(student=student, section=section)
    before = enrollment.status if old else ""
    enrollment.status = Enrollment.Status.REGISTERED
    enrollment.source, enrollment.credit_hours = source, section.credits
    enrollment.enrolled_at = enrollment.status_at = now
    enrollment.hold_expires_at = None
    enrollment.save()
    record(enrollment, before, by=by, reason=reason, now=now)
    use_overrides(student, section, now)
    return enrollment


def use_overrides(student: StudentProfile, section: Any, now: datetime) -> None:
    """Use up the open permissions of the student in the section: they let in once."""
    unused = Override.objects.filter(student=student, section=section, used_at__isnull=True)
    unused.exclude(expires_at__lte=now).update(used_at=now)


def record(
    enrollment: Enrollment, before: str, *, by: Any, reason: str, now: datetime | None = None
) -> EnrollmentEvent:
    """Append the change to the history and tell the student, but not of an end by grade, which says it all."""
    event = EnrollmentEvent.objects.create(
        enrollment=enrollment,
        from_status=before,
        to_status=enrollment.status,
        actor=by,
        reason=reason[:500],
        at=now or timezone.now(),
    )
    if enrollment.status in GRADED:
        return event
    is_live = enrollment.status in LIVE
    kind = "promoted" if is_live and enrollment.source == Enrollment.Source.WAITLIST else "enrolled"
    notify(
        kind if is_live else "dropped",
        to=enrollment.student.user,
        about=enrollment,
        key=str(event.pk),
        facts={"reason": reason[:500], "status": enrollment.status},
    )
    return event


def line_event(
    entry: WaitlistEntry,
    kind: str,
    *,
    by: Any,
    reason: str = "",
    now: datetime | None = None,
    code: str = "",
    run_at: datetime | None = None,
) -> WaitlistEvent:
    return WaitlistEvent.objects.create(
        entry=entry, kind=kind, actor=by, reason=reason[:500], code=code[:40], run_at=run_at, at=now or timezone.now()
    )
