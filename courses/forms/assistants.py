"""Who assists in a section, and what each may do there."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import SectionInstructor

HELPERS = [choice for choice in SectionInstructor.Role.choices if choice[0] != SectionInstructor.Role.INSTRUCTOR]


class GrantsForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=HELPERS)
    can_grade = forms.BooleanField(label=_("May see and enter scores, drafts among them"), required=False)
    can_see_planned = forms.BooleanField(label=_("Sees the section before it opens"), required=False)
    can_edit_texts = forms.BooleanField(label=_("May change its description"), required=False)


class AssistantForm(GrantsForm):
    field_order = ["email"]

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("In full, of somebody who has an account. They are told by mail."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


def grants_of(row: SectionInstructor) -> dict[str, Any]:
    """Return what the form of a row begins with."""
    return {name: getattr(row, name) for name in GrantsForm.base_fields}
