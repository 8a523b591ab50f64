"""Terms, subjects, courses and what they require."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms.facts import CampusInstantField, FactsForm, SeenForm, day_input
from courses.models import Course, Requirement, Subject, Term
from courses.queries import course_codes, parse_requirement, requirement_text


class TermForm(FactsForm):
    registration_opens_at = CampusInstantField(label=_("Registration opens"), required=False)
    registration_closes_at = CampusInstantField(label=_("Registration closes"), required=False)
    add_deadline = CampusInstantField(
        label=_("Last moment to add"), required=False, help_text=_("From then on it is too late.")
    )
    drop_deadline = CampusInstantField(
        label=_("Last moment to drop"),
        required=False,
        help_text=_("From then on a class can be left with a mark only."),
    )
    withdraw_deadline = CampusInstantField(
        label=_("Last moment to withdraw"), required=False, help_text=_("From then on it is too late.")
    )

    class Meta:
        model = Term
        fields = [
            "code", "name", "kind", "parent", "start_date", "end_date", "registration_opens_at",
            "registration_closes_at", "add_deadline", "drop_deadline", "withdraw_deadline", "credits_min",
            "credits_max", "is_published",
        ]  # fmt: skip
        widgets = {"start_date": day_input(), "end_date": day_input()}
        help_texts = {
            "parent": _(
                "Leave empty unless it lies inside of a longer term: a year, then a semester, a quarter, a part of it."
                " What is left empty below is as there."
            ),
            "credits_max": _("Empty: no limit. A registration window may set its own."),
            "is_published": _("Without it only staff see the term and its sections."),
        }


class SubjectForm(FactsForm):
    class Meta:
        model = Subject
        fields = ["code", "name"]


class CourseForm(FactsForm):
    class Meta:
        model = Course
        fields = [
            "subject", "number", "title", "description", "credit_hours_min", "credit_hours_max", "attempts_max",
        ]  # fmt: skip
        widgets = {"description": forms.Textarea(attrs={"rows": 6})}
        help_texts = {
            "credit_hours_max": _("The same number as the least, unless it varies."),
            "attempts_max": _("Empty: no limit."),
        }


class RequirementsForm(SeenForm):
    """What is required, as text; see `courses.queries.requirement_text`."""

    prereq = forms.CharField(
        label=_("Must have been taken before"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_(
            "Courses with “and”, “or” and parentheses; each new line is one more that is needed. “CSE 11 (C-)” asks for"
            " a least grade, “MATH 20A*” may be taken at the same time."
        ),
    )
    antireq = forms.CharField(
        label=_("Not together with or after"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("Courses that exclude this one, one on each line."),
    )

    def __init__(self, *args: Any, rows: list[Requirement], **kwargs: Any) -> None:
        codes = course_codes(rows)
        self.now = {row.kind: row.expression for row in rows}
        self.named = set(codes)
        initial = {kind: requirement_text(tree, codes) for kind, tree in self.now.items()}
        super().__init__(*args, initial=initial, now=sorted(initial.items()), **kwargs)

    def clean_prereq(self) -> Any:
        return parse_requirement(self.cleaned_data["prereq"], prefer=self.named)

    def clean_antireq(self) -> Any:
        return parse_requirement(self.cleaned_data["antireq"], prefer=self.named)

    def changes(self) -> dict[str, Any]:
        """Return the new tree of each kind that differs, None for one that is to go."""
        return {kind: tree for kind, tree in self.cleaned_data.items() if self.now.get(kind) != tree}
