"""Forms about one's own account."""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.scopes import label_of, personal_scopes_of
from accounts.validators import known_zones


class SignUpBase(forms.Form):
    given_name = forms.CharField(label=_("Given name"), max_length=150)
    family_name = forms.CharField(label=_("Family name"), max_length=150, required=False)
    field_order = ["given_name", "family_name", "email", "password1", "password2"]

    def signup(self, request: Any, user: User) -> None:
        user.given_name = self.cleaned_data["given_name"]
        user.family_name = self.cleaned_data["family_name"]
        user.save(update_fields=["given_name", "family_name"])


def zone_choices() -> list[tuple[str, str]]:
    campus = _("Campus time (%(zone)s)") % {"zone": settings.CAMPUS_TIME_ZONE}
    return [("", campus), *((name, name.replace("_", " ")) for name in sorted(known_zones()))]


class PasskeyForm(AddWebAuthnForm):
    passwordless = forms.BooleanField(
        label=_("Sign in with this passkey alone"),
        required=False,
        initial=True,
        help_text=_("Without the password: the device then asks for a finger, a face or a PIN."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].validators.append(MaxLengthValidator(80))


class TokenForm(forms.Form):
    """A new personal token; only the scopes that this person can give are offered."""

    LENGTHS = (7, 30, 90)

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Which script uses it, and where."))
    scopes = forms.MultipleChoiceField(label=_("It may"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(label=_("It ends"), coerce=int, initial=30)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(scope, label_of(scope)) for scope in sorted(personal_scopes_of(user))]
        self.fields["days"].choices = [(days, _("after %d days") % days) for days in self.LENGTHS]


class ProfileForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, choices=zone_choices)
    photo_file = forms.FileField(
        label=_("New photo"),
        required=False,
        help_text=_("JPEG, PNG or WebP of at most 5 MB. It is made smaller, and where it was taken is removed."),
    )
    remove_photo = forms.BooleanField(label=_("Remove the photo"), required=False)

    class Meta:
        model = User
        fields = ["given_name", "middle_name", "family_name", "preferred_name", "pronouns", "locale", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.photo:
            del self.fields["remove_photo"]

    def profile(self) -> dict[str, Any]:
        """Return what the person said about themselves, without the photo."""
        return {name: self.cleaned_data[name] for name in self._meta.fields}
