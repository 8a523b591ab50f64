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

    def __init__(self, given: Any, *, user: Any) -> None:
        terms = Term.objects.visible_to(user)
        self.current = terms.current()
        data = {name: given.get(name, "") for name in ("term", "order")}
        if not data["term"] and self.current:
            data["term"] = self.current.code
        super().__init__(data)
        self.fields["term"].queryset = terms.exclude(kind=Term.Kind.YEAR)
        self.fields["term"].empty_label = None if self.current else "\u2013"

    def chosen(self) -> tuple[Term | None, str]:
        self.is_valid()
        data = self.cleaned_data
        return data.get("term") or self.current, data.get("order") or "section"
