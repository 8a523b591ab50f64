"""HTML input of class search and registration."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import Section, Subject
from students.models import Override, StudentProfile
from students.queries.class_search import Wanted, terms_for

WEEKDAYS = [
    ("0", _("Monday")),
    ("1", _("Tuesday")),
    ("2", _("Wednesday")),
    ("3", _("Thursday")),
    ("4", _("Friday")),
    ("5", _("Saturday")),
    ("6", _("Sunday")),
]
ANY = [("", _("Any"))]


class ClassSearchForm(forms.Form):
    term: Any = forms.ModelChoiceField(label=_("Term"), queryset=None, to_field_name="code", required=False)
    q = forms.CharField(label=_("Number or title"), required=False, max_length=100)
    subject: Any = forms.ModelChoiceField(label=_("Subject"), queryset=None, to_field_name="code", required=False)
    instructor = forms.CharField(label=_("Instructor"), required=False, max_length=100)
    day = forms.ChoiceField(label=_("Weekday"), choices=[*ANY, *WEEKDAYS], required=False)
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
            weekdays=1 << int(day) if day else 0,
            time_from=data.get("time_from"),
            time_to=data.get("time_to"),
            open_only=bool(data.get("open")),
            delivery=data.get("delivery", ""),
        )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args, required=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = required


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
