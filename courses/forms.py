"""HTML input of the catalogue. Forms read what was typed; the deeds check and write it."""

import hashlib
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError
from core.forms import refuse
from core.recurrence import to_utc
from courses.models import Course, Requirement, Section, SectionInstructor, Subject, Term
from courses.queries import course_codes, parse_requirement, requirement_text, search_words
from courses.querysets import TermQuerySet


class CampusInstantField(forms.Field):
    """An instant, typed and shown as the wall clock of the campus, whatever zone its reader lives in."""

    widget = forms.TextInput(attrs={"type": "datetime-local", "step": "any"})
    default_error_messages = {
        "invalid": _("Write a day and a time, such as 2026-09-01 08:00."),
        "gap": _("The clock is put forward on that day: this time does not exist. Choose another."),
    }

    def __init__(self, **kwargs: Any) -> None:
        zone = format_lazy(_("Campus time ({zone})."), zone=settings.CAMPUS_TIME_ZONE)
        more = kwargs.get("help_text")
        kwargs["help_text"] = format_lazy("{} {}", more, zone) if more else zone
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> datetime | None:
        text = str(value).strip() if value not in self.empty_values else ""
        if not text:
            return None
        try:
            local = datetime.fromisoformat(text)
        except ValueError as exc:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from exc
        if len(text) < len("2026-09-01T08") or not 1900 <= local.year <= 2200:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if local.tzinfo is not None:
            return local
        found = to_utc(local.date(), local.time(), ZoneInfo(settings.CAMPUS_TIME_ZONE))
        if found is None or found.moved:
            raise ValidationError(self.error_messages["gap"], code="gap")
        return found.instant

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        local = value.astimezone(ZoneInfo(settings.CAMPUS_TIME_ZONE))
        return f"{local:%Y-%m-%dT%H:%M:%S}" if local.second else f"{local:%Y-%m-%dT%H:%M}"

    def has_changed(self, initial: Any, data: Any) -> bool:
        # What is shown has no fractions of a second; whoever leaves it alone changes nothing.
        return (self.prepare_value(initial) or "") != str(data or "").strip()


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class FactsForm(forms.ModelForm):
    """The facts of a row. Uniqueness and constraints are asked by the deed, so that every door gives one answer.

    `seen` is a sign of the values that were shown: when somebody saved others meanwhile, the form says so once.
    """

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sign = self._sign()
        self.fields["seen"].initial = self.sign

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if self.instance.pk and data.pop("seen", "") not in {"", self.sign}:
            # The next attempt is made knowing it.
            self.data = self.data.copy()
            self.data[self.add_prefix("seen")] = self.sign
            words = _("Somebody saved this after you opened it. Look at it again; saving now replaces what differs.")
            raise ValidationError(words, code="changed_meanwhile")
        return data

    def given(self) -> dict[str, Any]:
        """Return what to write: every field of a new row, else those that were changed."""
        names = [name for name in self._meta.fields if name in self.fields]
        if self.instance.pk:
            names = [name for name in names if name in self.changed_data]
        return {name: self.cleaned_data[name] for name in names}

    def save(self, commit: bool = True) -> Any:
        raise TypeError("The catalogue is written by operations.")

    def _sign(self) -> str:
        values = [str(self[name].initial) for name in self.fields if name != "seen"] if self.instance.pk else []
        return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def attempt(form: Any, deed: Any) -> Any:
    """Return what `deed()` returns; None when it was refused, with the reason on the form."""
    try:
        return deed()
    except DomainError as exc:
        refuse(form, exc)
    except ValidationError as exc:
        put(form, exc)
    return None


def put(form: Any, exc: ValidationError) -> None:
    """Put what a deed found malformed on the fields that the form has, else on top."""
    if not hasattr(exc, "error_dict"):
        form.add_error(None, exc)
        return
    for name, errors in exc.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


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
            "registration_closes_at", "add_deadline", "drop_deadline", "withdraw_deadline", "is_published",
        ]  # fmt: skip
        widgets = {"start_date": _day(), "end_date": _day()}
        help_texts = {
            "parent": _("Leave empty unless it lies inside of a longer term."),
            "is_published": _("Without it only staff see the term and its sections."),
        }


class SubjectForm(FactsForm):
    class Meta:
        model = Subject
        fields = ["code", "name"]


class CourseForm(FactsForm):
    class Meta:
        model = Course
        fields = ["subject", "number", "title", "description", "credit_hours_min", "credit_hours_max"]
        widgets = {"description": forms.Textarea(attrs={"rows": 6})}
        help_texts = {"credit_hours_max": _("The same number as the least, unless it varies.")}


class SectionForm(FactsForm):
    """All facts of a section, for staff."""

    registration_opens_at = CampusInstantField(
        label=_("Registration opens"), required=False, help_text=_("Empty: as in the term.")
    )
    registration_closes_at = CampusInstantField(
        label=_("Registration closes"), required=False, help_text=_("Empty: as in the term.")
    )
    access_starts_at = CampusInstantField(
        label=_("Class pages open"), required=False, help_text=_("Before, a student of the class cannot look inside.")
    )
    access_ends_at = CampusInstantField(label=_("Class pages close"), required=False)

    class Meta:
        model = Section
        fields = [
            "crn", "section_number", "title", "capacity", "waitlist_mode", "waitlist_capacity",
            "instructional_method", "schedule_type", "credit_hours", "description", "start_date", "end_date",
            "registration_opens_at", "registration_closes_at", "access_starts_at", "access_ends_at",
        ]  # fmt: skip
        widgets = {"description": forms.Textarea(attrs={"rows": 6}), "start_date": _day(), "end_date": _day()}
        help_texts = {
            "capacity": _("Empty: no limit. With more seats the line moves up; with fewer nobody loses a seat."),
            "waitlist_capacity": _("Empty: no limit."),
            "credit_hours": _("Empty: the least of the course."),
            "start_date": _("Empty: as in the term."),
            "end_date": _("Empty: as in the term."),
        }


class NewSectionForm(SectionForm):
    """A section to be: also of what and when."""

    course = forms.CharField(label=_("Course"), max_length=30, help_text=_("Its code, such as CSE 21."))
    term = forms.ModelChoiceField(label=_("Term"), queryset=Term.objects.none(), to_field_name="code")
    field_order = ["course", "term"]

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["term"].queryset = Term.objects.visible_to(user)
        self.user = user

    def clean_course(self) -> Course:
        typed = self.cleaned_data["course"]
        try:
            tree = parse_requirement(typed) or {}
        except ValidationError as exc:
            words = _("No course has the code “%(code)s”.")
            raise ValidationError(words, code="unknown_course", params={"code": typed}) from exc
        courses = Course.objects.visible_to(self.user).select_related("subject")
        course = courses.filter(public_id=tree["course"]).first() if "course" in tree else None
        if course is None:
            raise ValidationError(_("Name one course."), code="unknown_course")
        return course


class DescriptionForm(FactsForm):
    """What the instructors of a section may change of it."""

    class Meta:
        model = Section
        fields = ["description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 10})}


class RequirementsForm(forms.Form):
    """What is required, as text; see `courses.queries.requirement_text`."""

    prereq = forms.CharField(
        label=_("Must have been taken before"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_(
            "Courses with “and”, “or” and parentheses; each new line is one more that is needed. “CSE 11 (C-)” asks for a"
            " least grade, “MATH 20A*” may be taken at the same time."
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
        super().__init__(*args, initial=initial, **kwargs)

    def clean_prereq(self) -> Any:
        return parse_requirement(self.cleaned_data["prereq"], prefer=self.named)

    def clean_antireq(self) -> Any:
        return parse_requirement(self.cleaned_data["antireq"], prefer=self.named)

    def changes(self) -> dict[str, Any]:
        """Return the new tree of each kind that differs, None for one that is to go."""
        return {kind: tree for kind, tree in self.cleaned_data.items() if self.now.get(kind) != tree}


class ConfirmForm(forms.Form):
    """A form of one button."""


class PersonField(forms.CharField):
    """An active person by address, or by words of the name that only one has."""

    def clean(self, value: Any) -> User | None:
        text = super().clean(value)
        if not text:
            return None
        people = User.objects.active()
        exact = people.filter(email__iexact=text.split()[-1].strip("<>")).first()
        if exact is not None:
            return exact
        found = list(people.matching(text).order_by("family_name", "pk")[:6]) if search_words(text) else []
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(_("Nobody has this name or address."), code="unknown_person")
        which = ", ".join(f"{person.display_name} <{person.email}>" for person in found[:5])
        raise ValidationError(_("Several people fit: %(which)s."), code="several", params={"which": which})

    def prepare_value(self, value: Any) -> Any:
        return f"{value.display_name} <{value.email}>" if isinstance(value, User) else value


class TeachingForm(forms.Form):
    RECORD = "record"
    person = PersonField(label=_("Person"), required=False, max_length=254, help_text=_("Name or address."))
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(RECORD, _("Instructor of record")), *SectionInstructor.Role.choices],
        initial=SectionInstructor.Role.INSTRUCTOR,
    )

    def has_changed(self) -> bool:
        # A row without a person is an empty row, whatever role stands beside it.
        return "person" in self.changed_data or bool(self.initial)


class BaseTeachingFormSet(BaseFormSet):
    def kept(self) -> list[tuple[User, str, bool]]:
        """Return who teaches: (person, role, of record)."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("person")]
        record = TeachingForm.RECORD
        return [
            (row["person"], "instructor" if row["role"] == record else row["role"], row["role"] == record)
            for row in rows
            if not row.get("DELETE")
        ]


TeachingFormSet = formset_factory(
    TeachingForm, formset=BaseTeachingFormSet, extra=3, can_delete=True, max_num=40, absolute_max=50, validate_max=True
)


class CrossListForm(forms.Form):
    """The other sections of a class, by CRN, and the seats they have together."""

    crns = forms.CharField(
        label=_("CRNs of the other sections"),
        max_length=400,
        help_text=_("Of the same term, with spaces between them."),
    )
    capacity = forms.IntegerField(
        label=_("Seats together"),
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text=_("Empty: each section has its own seats only."),
    )

    def __init__(self, *args: Any, section: Section, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section
        if section.cross_list_group_id:
            del self.fields["crns"]

    def clean_crns(self) -> list[Section]:
        wanted = list(dict.fromkeys(self.cleaned_data["crns"].replace(",", " ").split()))
        rows = Section.objects.filter(term=self.section.term_id, crn__in=wanted).select_related("course__subject")
        found = {row.crn: row for row in rows}
        if unknown := [crn for crn in wanted if crn not in found]:
            words = _("The term has no section with the CRN %(crns)s.")
            raise ValidationError(words, code="unknown_crn", params={"crns": ", ".join(unknown)})
        return [found[crn] for crn in wanted]


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
