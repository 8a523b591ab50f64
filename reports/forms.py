"""The term and the order of a report."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import Term


class FiguresForm(forms.Form):
    """Without a term the current one; what is not known is said and changes nothing."""

    term = forms.ModelChoiceField(Term.objects.none(), label=_("Term"), to_field_name="code", required=False)
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("section", _("By section")),
            ("fullest", _("Fullest first")),
            ("emptiest", _("Emptiest first")),
            ("waiting", _("Most waiting first")),
        ],
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = Term.objects.visible_to(user)
        self.current = terms.current()
        self.fields["term"].queryset = terms.exclude(kind=Term.Kind.YEAR)
        self.fields["term"].initial = self.current.code if self.current else None

    def chosen(self) -> tuple[Term | None, str]:
        self.is_valid()
        data = self.cleaned_data
        return data.get("term") or self.current, data.get("order") or "section"
