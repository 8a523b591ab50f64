"""What the one conflict engine says about the time of an appointment."""

from collections.abc import Collection
from typing import Any

from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from appointments.models import Appointment, Session


def describe(claims: Collection[Any], viewer: Any = None) -> dict[int, tuple[str, str]]:
    """Return title and address of the claims of which `viewer` is a party, who then reads with whom.

    What is left out is "Busy" to others, staff too: an appointment is for its parties only. To the system (None) it is
    an appointment, with nobody's name.
    """
    keys = [claim.pk for claim in claims]
    if viewer is None:
        return dict.fromkeys(keys, (_("Appointment"), ""))
    return _as_student(keys, viewer) | _as_host(keys, viewer)


def _as_student(keys: list[int], viewer: Any) -> dict[int, tuple[str, str]]:
    """Return the claims of the student in an appointment, for both of its parties."""
    own = Appointment.objects.filter(Q(student=viewer) | Q(session__host=viewer), claim__in=keys)
    named = {}
    for item in own.select_related("student", "session__host"):
        other = item.session.host if item.student_id == viewer.pk else item.student
        named[item.claim_id or 0] = (_with(other), reverse("appointments:appointment_detail", args=[item.public_id]))
    return named


def _as_host(keys: list[int], viewer: Any) -> dict[int, tuple[str, str]]:
    """Return the claims of the host, for both of its parties; several students are named by what they came for."""
    live = Appointment.objects.filter(status__in=["held", "pending", "confirmed"]).select_related("student")
    sessions = Session.objects.filter(host_claim__in=keys).select_related("host", "type")
    named = {}
    for session in sessions.prefetch_related(Prefetch("appointments", queryset=live)):
        is_host = session.host_id == viewer.pk
        mine = [item for item in session.appointments.all() if is_host or item.student_id == viewer.pk]
        if is_host and len(mine) != 1:
            named[session.host_claim_id or 0] = (session.type.title, reverse("appointments:host_week"))
        elif mine:
            other = mine[0].student if is_host else session.host
            address = reverse("appointments:appointment_detail", args=[mine[0].public_id])
            named[session.host_claim_id or 0] = (_with(other), address)
    return named


def _with(person: Any) -> str:
    return _("Appointment with %(name)s") % {"name": person.display_name}
