"""Which sections come into another term, with what of them."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models import Section, Subject, Term
from scheduling.models import Rollover, RolloverLine


class RolloverForm(forms.Form):
    source: Any = forms.ModelChoiceField(Term.objects.none(), label=_("From"), to_field_name="code")
    target: Any = forms.ModelChoiceField(
        Term.objects.none(),
        label=_("Into"),
        to_field_name="code",
        help_text=_("Dates move by whole weeks, from the week in which the one term begins to that of the other."),
    )
    subjects = forms.ModelMultipleChoiceField(
        Subject.objects.all(),
        label=_("Subjects"),
        required=False,
        to_field_name="code",
        help_text=_("None chosen: all. Cancelled sections stay behind."),
    )
    with_meetings = forms.BooleanField(label=_("Meetings"), required=False, initial=True)
    with_rooms = forms.BooleanField(label=_("Rooms, where they are free"), required=False, initial=True)
    with_instructors = forms.BooleanField(label=_("Instructors, where they are free"), required=False, initial=True)
    with_rules = forms.BooleanField(
        label=_("Requirements, restrictions and reserved seats"), required=False, initial=True
    )
    with_grading = forms.BooleanField(label=_("Graded work, without scores"), required=False, initial=True)
    # Sections that were chosen on a list; none, when a term or subjects are.
    section = forms.ModelMultipleChoiceField(
        Section.objects.none(), required=False, to_field_name="public_id", widget=forms.MultipleHiddenInput
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = Term.objects.visible_to(user).exclude(kind=Term.Kind.YEAR)
        self.fields["source"].queryset = terms
        self.fields["target"].queryset = terms.filter(end_date__gte=timezone.localdate())
        self.fields["section"].queryset = Section.objects.visible_to(user)

    def options(self) -> dict[str, Any]:
        """Return what the deed is told besides the two terms."""
        data = {name: value for name, value in self.cleaned_data.items() if name.startswith("with_")}
        chosen = self.cleaned_data["section"]
        return {**data, "subjects": self.cleaned_data["subjects"], "sections": chosen or None}


class LineFilterForm(forms.Form):
    show = forms.ChoiceField(
        label=_("Sections"),
        required=False,
        choices=[("", _("All")), ("clash", _("With something in the way")), *RolloverLine.Result.choices],
    )

    def kept(self, lines: Any) -> Any:
        wanted = self.cleaned_data["show"] if self.is_valid() else ""
        if wanted == "clash":
            return lines.filter(has_clash=True)
        return lines.filter(result=wanted) if wanted else lines


class ChosenForm(forms.Form):
    """The lines to copy; `all` stands for every one that can be."""

    all = forms.BooleanField(required=False)

    def __init__(self, *args: Any, rollover: Rollover, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sections = Section.objects.filter(pk__in=rollover.lines.values("section"))
        self.fields["section"] = forms.ModelMultipleChoiceField(sections, required=False, to_field_name="public_id")

    def lines(self, rollover: Rollover) -> Any:
        """Return the chosen lines, None for all; those of what is no choice are none."""
        if not self.is_valid():
            return rollover.lines.none()
        if self.cleaned_data["all"]:
            return None
        return rollover.lines.filter(section__in=self.cleaned_data["section"])
