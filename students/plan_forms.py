"""What a student wishes of a term, read from an address that can be kept and shared."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import weekdays
from courses.models import SectionInstructor
from students.queries.class_search import terms_for
from students.queries.plans import MOST_COURSES, Wishes, courses_named, within


class CourseCodesField(forms.Field):
    """Courses by their codes, each given once: "CSE 101"."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value):
        return list(dict.fromkeys(" ".join(text.split()).upper() for text in value or []))


class PlanForm(forms.Form):
    term: Any = forms.ModelChoiceField(
        label=_("Term"), queryset=None, to_field_name="code", required=False, empty_label=_("Current term")
    )
    course = CourseCodesField(required=False)
    add = forms.CharField(
        label=_("Add a course"), required=False, max_length=100, help_text=_("Code or words of the title.")
    )
    earliest = forms.TimeField(
        label=_("Not before"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    latest = forms.TimeField(
        label=_("Not after"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    days_off = forms.MultipleChoiceField(
        label=_("Days off"), choices=weekdays.CHOICES[:5], required=False, widget=forms.CheckboxSelectMultiple
    )
    compact = forms.BooleanField(label=_("Few days and short waits"), required=False)
    instructor = forms.MultipleChoiceField(
        label=_("Rather with"), required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.terms = terms_for(user)
        self.fields["term"].queryset = self.terms

    def clean(self):
        data = super().clean()
        data["term"] = data.get("term") or self.terms.current()
        data["courses"] = self._courses(data.get("course", []))
        return data

    def _courses(self, codes):
        by_code = courses_named(codes, self.user)
        if unknown := [code for code in codes if code not in by_code]:
            self.add_error(None, forms.ValidationError(_("There is no course %(code)s."), params={"code": unknown[0]}))
        if len(codes) > MOST_COURSES:
            message = _("A plan has at most %(most)s courses.")
            self.add_error(None, forms.ValidationError(message, params={"most": MOST_COURSES}))
        return [by_code[code] for code in codes if code in by_code][:MOST_COURSES]

    def full_clean(self):
        self.fields["instructor"].choices = self._instructors()
        super().full_clean()

    def _instructors(self):
        """Return who teaches the chosen courses in the term; asked before the choices are."""
        if not self.is_bound or not self.data.get("course"):
            return []
        term = self.terms.filter(code=self.data.get("term") or None).first() or self.terms.current()
        codes = self.fields["course"].to_python(self.data.getlist("course"))
        if term is None:
            return []
        teaching = SectionInstructor.objects.filter(within(term, "section__"), section__status="open")
        teaching = teaching.filter(section__course__subject__code__in=[code.rpartition(" ")[0] for code in codes])
        teaching = teaching.select_related("instructor", "section__course__subject").order_by("instructor__family_name")
        named = {
            str(row.instructor.public_id): row.instructor.display_name
            for row in teaching
            if row.section.course.code.upper() in (codes or [])
        }
        return list(named.items())

    def wishes(self):
        data = self.cleaned_data
        return Wishes(
            earliest=data.get("earliest"),
            latest=data.get("latest"),
            days_off=frozenset(weekdays.NAMES.index(name) for name in data.get("days_off", [])),
            compact=bool(data.get("compact")),
            instructors=frozenset(data.get("instructor", [])),
        )
