"""Deeds of the admin that ask why."""

from typing import Any

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.utils.translation import gettext_lazy as _

from core.errors import ReasonMissing

LONGEST = 500


class ReasonForm(ActionForm):
    reason = forms.CharField(label=_("Reason"), required=False, max_length=LONGEST)


def reason_of(request: Any) -> str:
    """Return the reason that was given with an action of the admin. Raises ReasonMissing."""
    reason = request.POST.get("reason", "").strip()[:LONGEST]
    if not reason:
        raise ReasonMissing()
    return reason
