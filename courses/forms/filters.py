"""What lists can be filtered by."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import Course, Section, Subject, Term
from courses.querysets import TermQuerySet


class TermFilterForm(forms.Form):
    q = forms.CharField(label=_("Code or name"), required=False, max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *Term.Kind.choices])

    def kept(self, terms: TermQuerySet) -> Any:
        for word in self.cleaned_data["q"].split()[:5]:
            terms = terms.filter(code__icontains=word) | terms.filter(name__icontains=word)
        return terms.filter(kind=self.cleaned_data["kind"]) if self.cleaned_data["kind"] else terms


class CourseFilterForm(forms.Form):
    q = forms.CharField(label=_("Code or words"), required=False, max_length=200)
    subject = forms.ModelChoiceField(
        label=_("Subject"), required=False, queryset=Subject.objects.all(), to_field_name="code", empty_label=_("All")
    )
    status = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *Course.Status.choices])

    def __init__(self, *args: Any, staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not staff:
            # All that others see is published.
            del self.fields["status"]


class SectionFilterForm(forms.Form):
    q = forms.CharField(label=_("Code, words or CRN"), required=False, max_length=200)
    term = forms.ModelChoiceField(
        label=_("Term"), required=False, queryset=Term.objects.none(), to_field_name="code", empty_label=_("All")
    )
    subject = forms.ModelChoiceField(
        label=_("Subject"), required=False, queryset=Subject.objects.all(), to_field_name="code", empty_label=_("All")
    )
    status = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *Section.Status.choices])
    instructor = forms.CharField(label=_("Instructor"), required=False, max_length=100)

    def __init__(self, *args: Any, user: Any, own: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["term"].queryset = Term.objects.visible_to(user)
        if own:
            del self.fields["instructor"], self.fields["subject"]
