"""HTML input of class search, registration, grades and records."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core import weekdays
from courses.models import Section, Subject
from students.models import Enrollment, GradeItem, Override, Program, RuleKind, StudentProfile
from students.queries.class_search import Wanted, terms_for
from students.queries.enrollments import swappable
from students.validators import Mark, parse_mark

ANY = [("", _("Any"))]


class ClassSearchForm(forms.Form):
    term: Any = forms.ModelChoiceField(
        label=_("Term"), queryset=None, to_field_name="code", required=False, empty_label=_("Current term")
    )
    q = forms.CharField(label=_("Number or title"), required=False, max_length=100)
    subject: Any = forms.ModelChoiceField(
        label=_("Subject"), queryset=None, to_field_name="code", required=False, empty_label=_("Any")
    )
    instructor = forms.CharField(label=_("Instructor"), required=False, max_length=100)
    day = forms.ChoiceField(label=_("Weekday"), choices=[*ANY, *weekdays.CHOICES], required=False)
    time_from = forms.TimeField(
        label=_("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_to = forms.TimeField(
        label=_("Until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    delivery = forms.ChoiceField(label=_("Delivery"), choices=[*ANY, *Section.Method.choices], required=False)
    open = forms.BooleanField(label=_("Only with free seats"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.terms = terms_for(user)
        self.fields["term"].queryset = self.terms
        self.fields["subject"].queryset = Subject.objects.all()

    def wanted(self):
        """Return what is looked for; the current term unless one is named."""
        data = self.cleaned_data
        day = data.get("day")
        return Wanted(
            term=data.get("term") or self.terms.current(),
            text=data.get("q", "").strip(),
            subject=data["subject"].code if data.get("subject") else "",
            instructor=data.get("instructor", "").strip(),
            weekdays=weekdays.mask_of([day]) if day else 0,
            time_from=data.get("time_from"),
            time_to=data.get("time_to"),
            open_only=bool(data.get("open")),
            delivery=data.get("delivery", ""),
        )


class ClassQueryForm(ClassSearchForm):
    """The same question from a script, where a word that is neither true nor false is a mistake."""

    open = forms.TypedChoiceField(
        choices=[("true", "true"), ("false", "false")],
        coerce=lambda text: text == "true",
        empty_value=False,
        required=False,
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args, required=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = required


class SwapForm(forms.Form):
    """Which class is given up for another."""

    swap = forms.ModelChoiceField(
        label=_("Class to give up"), queryset=Enrollment.objects.none(), to_field_name="public_id", empty_label=None
    )

    def __init__(self, *args: Any, student: Any, section: Section, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["swap"].queryset = swappable(student, section)
        self.fields["swap"].label_from_instance = lambda enrollment: f"{enrollment.section}, {enrollment.section.name}"


class StudentField(forms.CharField):
    """A student by number or e-mail address."""

    def clean(self, value):
        text = super().clean(value).strip()
        found = StudentProfile.objects.select_related("user")
        student = found.filter(institutional_id__iexact=text).first() or found.filter(user__email__iexact=text).first()
        if student is None:
            raise forms.ValidationError(_("No student has this number or address."), code="unknown")
        return student


class EnrollStudentForm(forms.Form):
    student = StudentField(label=_("Student number or e-mail address"), max_length=254)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)


class OverrideForm(forms.Form):
    student = StudentField(label=_("Student number or e-mail address"), max_length=254)
    kind = forms.ChoiceField(label=_("Rule"), choices=Override.Kind.choices)
    reason = forms.CharField(label=_("Reason"), max_length=500)
    expires_at = forms.DateTimeField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M"],
    )


class AskForm(forms.Form):
    kind = forms.ChoiceField(choices=RuleKind.choices)
    message = forms.CharField(required=False, max_length=500)


class AnswerForm(forms.Form):
    GRANT, DECLINE = "grant", "decline"

    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=[(GRANT, _("Let the student pass this rule once")), (DECLINE, _("Decline"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The student reads it."),
    )
    expires_at = forms.DateTimeField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M"],
        help_text=_("Optional. In your time zone."),
    )


class GradeItemForm(forms.ModelForm):
    class Meta:
        model = GradeItem
        fields = ["title", "points", "weight", "due_at"]
        widgets = {"due_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")}
        help_texts = {
            "weight": _("How much it counts beside the other work; 0 does not count."),
            "due_at": _("Optional. In your time zone."),
        }


class SheetForm(forms.Form):
    """A column of cells, one per student. What was shown travels along, so that only what was typed is changed."""

    reason = forms.CharField(label=_("Reason for a change, optional"), required=False, max_length=500)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, rows: Any, current: dict[int, str], locked: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = [(enrollment, f"c-{enrollment.public_id.hex}") for enrollment in rows]
        self.current = current
        for enrollment, name in self.rows:
            self.fields[name] = forms.CharField(
                label=enrollment.student.user.display_name,
                required=False,
                max_length=12,
                initial=current.get(enrollment.pk, ""),
                disabled=enrollment.pk in locked,
            )
        self.initial["seen"] = json.dumps({name: current.get(enrollment.pk, "") for enrollment, name in self.rows})

    @property
    def cells(self) -> Any:
        """Yield each enrollment with its cell, for the template."""
        return ((enrollment, self[name]) for enrollment, name in self.rows)

    @property
    def gone(self) -> int:
        """How many cells were sent for students who are not on the sheet any more."""
        return len({name for name in self.data if name.startswith("c-")} - set(self.fields))

    def read(self, text: str) -> Any:
        """Turn the text of a cell into its value, or raise ValidationError."""
        raise NotImplementedError

    def clean_seen(self) -> dict[str, str]:
        try:
            seen = json.loads(self.cleaned_data["seen"] or "{}")
        except ValueError:
            seen = None
        if not isinstance(seen, dict) or not all(isinstance(text, str) for text in seen.values()):
            raise ValidationError(_("The sheet could not be read. Load it anew."), code="seen")
        return seen

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        seen = data.get("seen") or {}
        self.typed: dict[int, Any] = {}
        self.shown: dict[int, Any] = {}
        for enrollment, name in self.rows:
            # A student who came after the sheet was loaded has no cell in what was sent.
            if name not in self.data or name not in data:
                continue
            if self.fields[name].disabled:
                if self.data[name].strip() != data[name]:
                    self.add_error(name, ValidationError(_("The grade is final meanwhile; this stays."), code="final"))
                continue
            try:
                self.typed[enrollment.pk] = self.read(data[name])
                if name in seen:
                    self.shown[enrollment.pk] = self.read(seen[name])
            except ValidationError as exc:
                self.add_error(name, exc)
        return data

    def refuse_cells(self, exc: Any) -> None:
        """Put each refusal on its cell. Of a cell that somebody else changed, the new value has now been shown."""
        seen = dict(self.cleaned_data.get("seen") or {})
        for cell in exc.facts["cells"]:
            name = "c-" + cell["enrollment"].replace("-", "")
            if cell["code"] == "changed_meanwhile":
                seen[name] = cell["current"]
            self.add_error(name if name in self.fields else None, ValidationError(cell["detail"], code=cell["code"]))
        self.data = self.data.copy()
        self.data["seen"] = json.dumps(seen)


class MarksForm(SheetForm):
    def read(self, text: str) -> Mark:
        return parse_mark(text)


class FinalGradesForm(SheetForm):
    def read(self, text: str) -> str:
        return text.strip().upper()


class ProfileForm(forms.ModelForm):
    class Meta:
        model = StudentProfile
        fields = ["institutional_id", "program", "level", "standing", "directory_hold"]

    def validate_unique(self) -> None:
        """Leave it to the deed, which refuses at every door alike."""


class DirectoryForm(forms.Form):
    q = forms.CharField(label=_("Name, number or e-mail"), required=False, max_length=200)
    program = forms.ModelChoiceField(
        Program.objects.all(), label=_("Program"), required=False, to_field_name="code", empty_label=_("Any")
    )
    level = forms.ChoiceField(label=_("Level"), required=False, choices=[*ANY, *StudentProfile.Level.choices])
    standing = forms.ChoiceField(label=_("Standing"), required=False, choices=[*ANY, *StudentProfile.Standing.choices])
