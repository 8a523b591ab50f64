"""Forms about data requests."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class EraseMeForm(forms.Form):
    """Typed by the person, so that no wrong click does it."""

    email = forms.CharField(
        label=_("Your e-mail address"), max_length=254, help_text=_("Type it to say that you mean this account.")
    )

    def __init__(self, *args: Any, person: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_email(self) -> str:
        typed = str(self.cleaned_data["email"]).strip()
        if typed.casefold() != self.person.email.casefold():
            raise ValidationError(_("This is not the address of this account."), code="another_address")
        return typed


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class MaybeReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip


class FindForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address of the person"), max_length=254)


class StateForm(forms.Form):
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Open")), ("all", _("All"))],
    )
