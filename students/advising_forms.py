"""HTML input of advisors and of those who assign them."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.recurrence import start_of_day
from courses.forms.teaching import PersonField
from students.forms import ClassSearchForm


class AdviseeForm(forms.Form):
    q = forms.CharField(label=_("Name or number"), required=False, max_length=100)


class AdvisorForm(forms.Form):
    advisor = PersonField(
        label=_("Advisor"), max_length=500, help_text=_("Name or address of somebody with the role “advisor”.")
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Optional. Without one it holds until somebody ends it."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["advisor"]
        field.people = User.objects.active().in_role("advisor")

    def clean_last_day(self) -> Any:
        day = self.cleaned_data["last_day"]
        if day and not timezone.localdate() <= day < timezone.localdate() + timedelta(days=36_500):
            raise forms.ValidationError(_("Choose today or a later day."), code="invalid")
        return day

    @property
    def valid_to(self) -> Any:
        """The first instant after the last day, or None."""
        day = self.cleaned_data["last_day"]
        return start_of_day(day + timedelta(days=1), timezone.get_current_timezone()) if day else None


class CheckForm(ClassSearchForm):
    """Which class is asked about: by number, title or CRN, in one term."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - {"term", "q"}:
            del self.fields[name]


class NameForm(forms.Form):
    directory_hold = forms.BooleanField(label=_("Keep my name from other students"), required=False)
