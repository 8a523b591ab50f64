"""Who lost a seat or a place in line when a section was cancelled."""

from django.db.models import OuterRef, Subquery
from django.utils.translation import ngettext

from courses.models import Section
from students.models import Enrollment, EnrollmentEvent, WaitlistEntry, WaitlistEvent
from students.querysets import IN_LINE

# Stored as it is, like every reason.
CANCELLED = "Section cancelled"
# A request that waited for approval had no seat.
WITH_SEAT = [Enrollment.Status.REGISTERED, Enrollment.Status.AUDITING, Enrollment.Status.PENDING_PAYMENT]


def lost_seats(section: Section) -> list[Enrollment]:
    """Return the seats that ended with the section, in the order in which they were taken.

    Seats of closed accounts are none, and nobody has two places in line.
    """
    last = EnrollmentEvent.objects.filter(enrollment=OuterRef("pk")).order_by("-pk")
    found = Enrollment.objects.filter(
        section=section, status=Enrollment.Status.CANCELLED, student__user__is_active=True
    )
    found = found.annotate(why=Subquery(last.values("reason")[:1]), was=Subquery(last.values("from_status")[:1]))
    waiting = WaitlistEntry.objects.filter(section=section, status__in=IN_LINE).values("student")
    found = found.filter(why=CANCELLED, was__in=WITH_SEAT).exclude(student__in=waiting)
    return list(found.select_related("student__user").order_by("enrolled_at", "pk"))


def closed_places(section: Section) -> list[WaitlistEntry]:
    """Return the places in line that ended with the section, in their order."""
    last = WaitlistEvent.objects.filter(entry=OuterRef("pk")).order_by("-pk")
    found = WaitlistEntry.objects.filter(
        section=section, status=WaitlistEntry.Status.CLOSED, student__user__is_active=True
    )
    found = found.annotate(why=Subquery(last.values("reason")[:1])).filter(why=CANCELLED)
    return list(found.select_related("student__user").in_order())


def of_restored_section(section: Section) -> list[str]:
    """Say how many students would come back, and as what."""
    seats, places = len(lost_seats(section)), len(closed_places(section))
    said = []
    if seats:
        text = ngettext(
            "%(n)s student who had a seat comes first in line and is told; seats are given when the section is opened.",
            "%(n)s students who had seats come first in line and are told; seats are given when the section is opened.",
            seats,
        )
        said.append(text % {"n": seats})
    if places:
        text = ngettext("%(n)s student is in line again.", "%(n)s students are in line again.", places)
        said.append(text % {"n": places})
    return said
