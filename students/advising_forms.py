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


class LastDayForm(forms.Form):
    """A day after which something is over, or none."""

    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Optional. Without one it holds until somebody ends it."),
    )

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


class AdvisorForm(LastDayForm):
    advisor = PersonField(
        label=_("Advisor"), max_length=500, help_text=_("Name or address of somebody with the role “advisor”.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)

    field_order = ["advisor", "last_day", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["advisor"]
        field.people = User.objects.active().in_role("advisor")


class GuardianForm(LastDayForm):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("Whoever reads the mail there signs in or up with this address, and takes it."),
    )
    relation = forms.CharField(label=_("Relation"), max_length=80, required=False, help_text=_("Mother, sponsor, …"))
    waived_reason = forms.CharField(
        label=_("Why the student is not asked"),
        max_length=300,
        required=False,
        help_text=_("Leave it empty, and the student has to agree. What stands here is told to the student."),
    )

    field_order = ["email", "relation", "last_day", "waived_reason"]

    def given(self) -> dict[str, Any]:
        kept = {name: self.cleaned_data[name] for name in ("email", "relation", "waived_reason")}
        return kept | {"valid_to": self.valid_to}


class CheckForm(ClassSearchForm):
    """Which class is asked about: by number, title or CRN, in one term."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - {"term", "q"}:
            del self.fields[name]


class NameForm(forms.Form):
    directory_hold = forms.BooleanField(label=_("Keep my name from other students"), required=False)
