"""HTML input of imports."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms import CampusInstantField
from courses.models import Term
from integrations.models import ImportRow, ImportRun
from integrations.queries.roster_file import MOST_BYTES


class ImportForm(forms.Form):
    term: Any = forms.ModelChoiceField(Term.objects.none(), label=_("Term"), to_field_name="code")
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV with the columns student (number or e-mail address) and section (CRN), and, if you like, action "
            "(enroll or drop) and reason."
        ),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("For every line that gives none of its own; students read it.")
    )
    mode = forms.ChoiceField(label=_("How the file is meant"), choices=ImportRun.Mode.choices, initial="add")
    most_percent = forms.IntegerField(
        label=_("Drop at most, in percent"),
        min_value=0,
        max_value=100,
        initial=10,
        help_text=_("A mirror that would drop more of the students in its sections is refused."),
    )
    keep_until = CampusInstantField(
        label=_("Keep seats for unknown addresses until"),
        required=False,
        help_text=_("Empty: a line with an address that nobody has is refused."),
    )
    by_line = forms.BooleanField(label=_("Take the lines that can be taken, even if others cannot"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        terms = Term.objects.visible_to(user).exclude(kind=Term.Kind.YEAR)
        self.fields["term"].queryset = terms
        self.fields["term"].initial = terms.current()

    def clean_file(self):
        found = self.cleaned_data["file"]
        if found.size > MOST_BYTES:
            message = _("A file has at most %(n)s MB.")
            raise forms.ValidationError(message, code="too_large", params={"n": MOST_BYTES // 1_000_000})
        return found


class ResultForm(forms.Form):
    result = forms.ChoiceField(choices=[("", _("All")), *ImportRow.Result.choices], required=False)
