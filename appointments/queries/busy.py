"""What the one conflict engine says about the time of an appointment."""

from collections.abc import Collection
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from appointments.models import Appointment, Session


def describe(claims: Collection[Any]) -> dict[int, tuple[str, str]]:
    """Return title and address of each claim: the kind of appointment only, neither the other person nor the topic."""
    keys = [claim.pk for claim in claims]
    named = {}
    for claim, public_id in Appointment.objects.filter(claim__in=keys).values_list("claim_id", "public_id"):
        named[claim] = (_("Appointment"), reverse("appointments:appointment_detail", args=[public_id]))
    for claim in Session.objects.filter(host_claim__in=keys).values_list("host_claim_id", flat=True):
        named[claim] = (_("Appointment"), reverse("appointments:host_week"))
    return named
