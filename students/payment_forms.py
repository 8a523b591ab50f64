"""HTML input about payments."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class PaymentForm(forms.Form):
    PAID, DUE = "paid", "due"

    step = forms.ChoiceField(
        label=_("What is new?"),
        choices=[(DUE, _("It is to be paid")), (PAID, _("It is paid"))],
        widget=forms.RadioSelect,
    )
    until = forms.DateTimeField(
        label=_("The seat is kept until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M"],
        help_text=_("In your time zone. Unpaid, it goes to the next in line then."),
    )
    reason = forms.CharField(
        label=_("Note"), required=False, max_length=500, help_text=_("Optional. The student reads it.")
    )

    def clean(self):
        data = super().clean()
        if data.get("step") == self.DUE and not data.get("until") and not self.has_error("until"):
            self.add_error("until", ValidationError(_("Say until when."), code="required"))
        return data
