"""The form with which an administrator begins to work in somebody's name."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("It is kept, and the person reads it in a mail.")
    )
