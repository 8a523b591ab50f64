"""HTML input of office hours and bookings."""

import uuid
from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.validators import known_zones
from appointments.models import AppointmentType, AvailabilityOverride, AvailabilitySchedule
from appointments.queries.booking import students_of
from courses.models import Section


class InstantField(forms.CharField):
    """An instant with its offset, as the radio buttons carry it."""

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            instant = datetime.fromisoformat(text.replace(" ", "+"))
        except ValueError as exc:
            raise ValidationError(_("Choose one of the times."), code="invalid") from exc
        if instant.tzinfo is None or not 2000 < instant.year < 2200:
            raise ValidationError(_("Choose one of the times."), code="invalid")
        return instant


class BookForm(forms.Form):
    starts_at = InstantField(
        label=_("Time"), widget=forms.HiddenInput, error_messages={"required": _("Choose one of the times.")}
    )
    topic = forms.CharField(
        label=_("What is it about? (optional)"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only the student and the host read this."),
    )
    despite_class = forms.BooleanField(label=_("Book it although I have a class at this time"), required=False)
    # One for each form that is shown: sent twice, it books once.
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)

    def __init__(self, *args, allow_class_conflict=False, **kwargs):
        super().__init__(*args, **kwargs)
        if not allow_class_conflict:
            del self.fields["despite_class"]


class StudentForm(forms.Form):
    """Whom a host books for."""

    student = forms.ModelChoiceField(label=_("Student"), queryset=User.objects.none(), to_field_name="public_id")

    def __init__(self, *args, host, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["student"].queryset = students_of(host)


class MoveForm(forms.Form):
    starts_at = InstantField(
        label=_("Time"), widget=forms.HiddenInput, error_messages={"required": _("Choose one of the times.")}
    )
    despite_class = forms.BooleanField(label=_("Move it although there is a class at this time"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=500, help_text=_("It is sent to both sides."))

    def __init__(self, *args, allow_class_conflict=False, with_reason=False, **kwargs):
        super().__init__(*args, **kwargs)
        if not allow_class_conflict:
            del self.fields["despite_class"]
        if not with_reason:
            del self.fields["reason"]


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is sent to the other side."),
    )

    def __init__(self, *args, reason_required=True, **kwargs):
        super().__init__(*args, **kwargs)
        if not reason_required:
            self.fields["reason"].required = False
            self.fields["reason"].label = _("Reason (optional)")


class AnswerForm(forms.Form):
    """Say yes or no to a request."""

    APPROVE, DECLINE = "approve", "decline"

    answer = forms.ChoiceField(
        label=_("Answer"), choices=[(APPROVE, _("Book it")), (DECLINE, _("Decline"))], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The student reads it. Needed to decline."),
    )


class TypeForm(forms.ModelForm):
    class Meta:
        model = AppointmentType
        fields = [
            "title",
            "description",
            "modality",
            "location",
            "duration_minutes",
            "interval_minutes",
            "buffer_before_minutes",
            "buffer_after_minutes",
            "notice_minutes",
            "cancel_cutoff_minutes",
            "move_cutoff_minutes",
            "horizon",
            "horizon_days",
            "opens_on",
            "closes_on",
            "seats",
            "max_open_per_student",
            "max_total_per_student",
            "allow_class_conflict",
            "needs_confirmation",
            "answer_hours",
            "sections",
        ]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "opens_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "closes_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        help_texts = {
            "sections": _("Only students of these classes may book; choose none for everybody."),
            "needs_confirmation": _("A request keeps the time until you answer, for as many hours as you say below."),
        }

    def __init__(self, *args, host, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sections"].queryset = Section.objects.taught_by(host).select_related("course__subject", "term")

    def save(self, commit=True):
        raise TypeError("Types are written by operations.")


class HoursForm(forms.Form):
    weekday = forms.TypedChoiceField(label=_("Weekday"), choices=list(WEEKDAYS.items()), coerce=int)
    start_time = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    end_time = forms.TimeField(label=_("To"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    start_date = forms.DateField(
        label=_("Valid from"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    end_date = forms.DateField(
        label=_("Valid to"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def has_changed(self):
        # A row is filled in when it has a time: the weekday always has a value.
        return any(name != "weekday" for name in self.changed_data)

    def clean(self):
        data = super().clean()
        start, end = data.get("start_time"), data.get("end_time")
        if start and end and end <= start:
            self.add_error("end_time", _("A window must end after it starts."))
        first, last = data.get("start_date"), data.get("end_date")
        if first and last and last < first:
            self.add_error("end_date", _("The last day cannot be before the first."))
        return data


class BaseHoursFormSet(BaseFormSet):
    def kept(self):
        """Return the filled-in rows that are not to be removed."""
        return [
            {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
            for form in self.forms
            if form.cleaned_data.get("start_time") and not form.cleaned_data.get("DELETE")
        ]


HoursFormSet = formset_factory(
    HoursForm, formset=BaseHoursFormSet, extra=3, can_delete=True, max_num=50, absolute_max=60, validate_max=True
)


class ScheduleForm(forms.ModelForm):
    zone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: [(name, name.replace("_", " ")) for name in sorted(known_zones())]
    )

    class Meta:
        model = AvailabilitySchedule
        fields = ["zone"]


class OverrideForm(forms.Form):
    kind = forms.ChoiceField(label=_("What"), choices=AvailabilityOverride.Kind.choices)
    start_date = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    end_date = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    start_time = forms.TimeField(
        label=_("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}), help_text=_("Not for a block.")
    )
    end_time = forms.TimeField(label=_("To"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    def clean(self):
        data = super().clean()
        first, last = data.get("start_date"), data.get("end_date")
        if first and last and last < first:
            self.add_error("end_date", _("The last day cannot be before the first."))
        start, end = data.get("start_time"), data.get("end_time")
        if data.get("kind") == "block":
            data["start_time"] = data["end_time"] = None
        elif not start or not end or end <= start:
            self.add_error("end_time", _("Give a window that ends after it starts."))
        return data
