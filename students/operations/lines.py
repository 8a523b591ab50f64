"""Lines that may move because a rule changed, though no seat was given up."""

from typing import Any

from django.utils import timezone

from courses.models import Section
from students.models import WaitlistEntry


def try_lines(**among: Any) -> None:
    """Leave a job for each open section where somebody `among` these waits: who was passed over may be eligible now."""
    from students.tasks import promote_line  # the one arrow up: a deed leaves its job

    waiting = WaitlistEntry.objects.waiting().filter(section__status=Section.Status.OPEN, **among)
    now = timezone.now().isoformat()
    for section in sorted(set(waiting.values_list("section_id", flat=True))):
        promote_line.defer(section_id=section, since=now)
