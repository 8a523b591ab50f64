"""Tell those who are in a class that it closes to them soon."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from notifications.operations import notify
from students.models import Enrollment

IN_CLASS = [Enrollment.Status.REGISTERED, Enrollment.Status.AUDITING]


def warn_of_ends() -> int:
    """Tell everybody in a class whose pages close within the days that are set, once for each end; return how many.

    An end that was moved is told again when it is near. No days: nobody is told.
    """
    now, days = timezone.now(), settings.CLASS_END_NOTICE_DAYS
    ending = Enrollment.objects.filter(
        status__in=IN_CLASS, section__access_ends_at__gt=now, section__access_ends_at__lte=now + timedelta(days=days)
    )
    told = 0
    for enrollment in ending.select_related("student__user", "section").order_by("pk").iterator():
        ends = enrollment.section.access_ends_at.isoformat()  # type: ignore[union-attr]
        facts = {"ends_at": ends}
        message = notify("class_ends_soon", to=enrollment.student.user, about=enrollment, key=ends, facts=facts)
        told += message is not None
    return told
