"""Forms about invitations."""

import re
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.querysets import roles_to_give

AT_ONCE = 50


class InviteForm(forms.Form):
    """Addresses, each on a line of its own, and the role to which all of them are invited."""

    emails = forms.CharField(
        label=_("E-mail addresses"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("One, or several on a line each."),
    )
    role = forms.ChoiceField(label=_("Role"))
    note = forms.CharField(
        label=_("A word to them"), max_length=300, required=False, help_text=_("It stands in the mail. Optional.")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role, capfirst(role)) for role in reversed(roles_to_give(user))]

    def clean_emails(self) -> list[str]:
        found = list(dict.fromkeys(re.split(r"[\s,;]+", self.cleaned_data["emails"].strip().lower())))
        if len(found) > AT_ONCE:
            raise ValidationError(_("Invite at most %d at once.") % AT_ONCE)
        for email in found:
            try:
                validate_email(email)
            except ValidationError as exc:
                raise ValidationError(_("“%s” is not an e-mail address.") % email[:100]) from exc
        return found


class StateForm(forms.Form):
    STATES = {"open": _("Open"), "accepted": _("Accepted"), "expired": _("Ended"), "revoked": _("Taken back")}

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *STATES.items()])
    q = forms.CharField(label=_("Address"), required=False, max_length=200)


class NewcomerForm(forms.Form):
    """What somebody who is invited says of themselves; the address is that of the invitation."""

    given_name = forms.CharField(label=_("Given name"), max_length=150)
    family_name = forms.CharField(label=_("Family name"), max_length=150, required=False)
    password1 = forms.CharField(
        label=_("Password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )
    password2 = forms.CharField(
        label=_("Password once more"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("password1") != given.get("password2") and "password2" in given:
            self.add_error("password2", _("This is not the same password."))
        return given
