"""What the one conflict engine says about the time of an appointment."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from appointments.models import Appointment, Session


def describe(claim_ids: Sequence[int], viewer: Any = None) -> dict[int, tuple[str, str]]:
    """Return title and address of each claim of an appointment; whoever is no party reads "Busy" only."""
    titles = {claim: (_("Busy"), "") for claim in claim_ids}
    if viewer is None:
        return titles
    own = Appointment.objects.filter(claim__in=claim_ids, student=viewer)
    for claim, public_id in own.values_list("claim_id", "public_id"):
        titles[claim] = (_("Appointment"), reverse("appointments:appointment_detail", args=[public_id]))
    hosted = Session.objects.filter(host_claim__in=claim_ids, host=viewer)
    for claim in hosted.values_list("host_claim_id", flat=True):
        titles[claim] = (_("Appointment"), reverse("appointments:host_week"))
    return titles
