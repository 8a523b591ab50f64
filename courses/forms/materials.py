"""A new file of a section."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MaterialForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=False,
        help_text=_("PDF, PNG, JPEG, text, Word, Excel, PowerPoint or OpenDocument text, of at most 10 MB."),
    )
    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("Without one, the name of the file.")
    )
