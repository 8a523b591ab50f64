"""Forms of the admin: the same facts as on the pages, written by the same deeds."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from courses import operations
from courses.forms.catalogue import CourseForm, SubjectForm, TermForm
from courses.forms.facts import FactsForm, attempt
from courses.forms.sections import SectionForm
from courses.models import GRANTS, Course, CrossListGroup, Requirement, Section, SectionInstructor
from courses.queries import course_codes, parse_requirement, requirement_text


def rehearse(deed: Callable[[], Any]) -> None:
    """Do it and take it back, to learn whether it would be refused."""
    with transaction.atomic():
        deed()
        transaction.set_rollback(True)


class DeedForm(FactsForm):
    """A form that rehearses its deed while it is checked, so that a refusal stands on the form and nothing is saved.

    The admin sets `by`, and calls `do` once the form is valid.
    """

    by: Any = None

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors:
            attempt(self, lambda: rehearse(self.do))
        return data

    def do(self) -> Any:
        """Do the deed and return the row that it wrote."""
        raise NotImplementedError

    def row(self) -> Any:
        """Return the row as it is stored, or None for a new one: the form's own copy holds what was typed."""
        return self._meta.model._default_manager.get(pk=self.instance.pk) if self.instance.pk else None

    def save(self, commit: bool = False) -> Any:
        # The admin asks for the row first and then for what hangs on it; `do` has it all.
        self.save_m2m = lambda: None
        return self.instance


class TermDeedForm(DeedForm, TermForm):
    def do(self) -> Any:
        if (term := self.row()) is None:
            return operations.create_term(by=self.by, **self.given())
        return operations.change_term(term, by=self.by, **self.given())


class SubjectDeedForm(DeedForm, SubjectForm):
    def do(self) -> Any:
        if (subject := self.row()) is None:
            return operations.create_subject(by=self.by, **self.given())
        return operations.change_subject(subject, by=self.by, **self.given())


class CourseDeedForm(DeedForm, CourseForm):
    def do(self) -> Any:
        if (course := self.row()) is None:
            return operations.create_course(by=self.by, **self.given())
        return operations.change_course(course, by=self.by, **self.given())


class SectionDeedForm(DeedForm, SectionForm):
    class Meta(SectionForm.Meta):
        fields = ["course", "term", *SectionForm.Meta.fields]

    def do(self) -> Any:
        given = self.given()
        if (section := self.row()) is None:
            course, term = given.pop("course"), given.pop("term")
            return operations.create_section(course, term, by=self.by, **given)
        return operations.change_section(section, by=self.by, **given)


class RequirementDeedForm(DeedForm):
    """What one course or one section asks for, as text."""

    text = forms.CharField(
        label=_("Courses"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 80, "spellcheck": "false"}),
        help_text=_("As on the page of the requirements: “CSE 11 (C-) or CSE 8B”, “MATH 20A*” at the same time."),
    )

    class Meta:
        model = Requirement
        fields = ["course", "section", "kind"]

    def __init__(self, *args: Any, instance: Any = None, initial: Any = None, **kwargs: Any) -> None:
        self.named: set[str] = set()
        if instance is not None and instance.pk:
            codes = course_codes([instance])
            self.named = set(codes)
            initial = {**(initial or {}), "text": requirement_text(instance.expression, codes)}
        super().__init__(*args, instance=instance, initial=initial, **kwargs)

    def clean_text(self) -> Any:
        return parse_requirement(self.cleaned_data["text"], prefer=self.named)

    def clean(self) -> dict[str, Any]:
        targets = [self.cleaned_data.get(name) or getattr(self.instance, name) for name in ("course", "section")]
        if not self.errors and sum(target is not None for target in targets) != 1:
            self.add_error(None, _("A requirement belongs to one course or to one section."))
        return super().clean()

    def do(self) -> Any:
        data, row = self.cleaned_data, self.row() or Requirement()
        target: Course | Section = data.get("course") or data.get("section") or row.course or row.section
        return operations.set_requirement(target, data["text"], by=self.by, kind=data.get("kind") or row.kind)


class TeacherDeedForm(DeedForm):
    """One person who teaches; whoever becomes the instructor of record takes the place of the one before."""

    class Meta:
        model = SectionInstructor
        fields = ["section", "instructor", "role", "is_primary", *GRANTS]

    def do(self) -> Any:
        data, row = self.cleaned_data, self.row()
        section, person = (row.section, row.instructor) if row else (data["section"], data["instructor"])
        others = section.section_instructors.select_related("instructor")
        if row is not None:
            others = others.exclude(pk=row.pk)
        people = [(other.instructor, other.role, other.is_primary and not data["is_primary"]) for other in others]
        people.append((person, data["role"], data["is_primary"]))
        rows = operations.set_instructors(section, people, by=self.by)
        written = next(found for found in rows if found.instructor_id == person.pk)
        if written.is_instructor:
            return written
        return operations.change_assistant(written, by=self.by, **{name: data[name] for name in GRANTS})


class CombinedCapacityDeedForm(DeedForm):
    class Meta:
        model = CrossListGroup
        fields = ["capacity"]

    def do(self) -> Any:
        section = self.row().sections.first()
        return operations.set_combined_capacity(section, by=self.by, capacity=self.cleaned_data["capacity"])
