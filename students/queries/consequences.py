"""What would follow from a deed of the catalogue, said before it is done."""

from django.utils.translation import ngettext

from courses.models import Section
from students.models import Enrollment, WaitlistEntry


def of_cancelled_section(section: Section) -> list[str]:
    """Say how many students would lose a seat or a place in line with a section."""
    seated = Enrollment.objects.live().filter(section=section).count()
    waiting = WaitlistEntry.objects.waiting().filter(section=section).count()
    found = []
    if seated:
        text = ngettext(
            "%(n)s student loses the seat and is told.", "%(n)s students lose their seats and are told.", seated
        )
        found.append(text % {"n": seated})
    if waiting:
        text = ngettext("The line of %(n)s student ends.", "The line of %(n)s students ends.", waiting)
        found.append(text % {"n": waiting})
    return found
