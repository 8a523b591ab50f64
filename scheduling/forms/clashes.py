"""The clash list: what to show, and why a clash may stand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import Term


class ClashFilterForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Of"),
        required=False,
        choices=[("", _("Rooms and people")), ("room", _("Rooms")), ("person", _("People"))],
    )
    term = forms.ModelChoiceField(
        label=_("Term"), required=False, queryset=Term.objects.none(), to_field_name="code", empty_label=_("All")
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("To resolve")), ("accepted", _("Accepted"))]
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["term"].queryset = Term.objects.visible_to(user)


class AcceptForm(forms.Form):
    """Which lines of one pattern are accepted, and why."""

    lines = forms.MultipleChoiceField(label=_("Clashes"), widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Why both may stand, such as: one of them is held outdoors.")
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lines"].choices = choices
        self.fields["lines"].initial = [key for key, _label in choices]
