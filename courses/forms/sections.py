"""Sections, and those that are one class."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from courses.forms.facts import CampusInstantField, FactsForm, SeenForm, day_input
from courses.models import Course, Section, Term
from courses.queries import parse_requirement


class CrnField(forms.CharField):
    """Another section of the same term, by its CRN."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return (
            Section.objects.filter(pk=value).values_list("crn", flat=True).first() if isinstance(value, int) else value
        )


class SectionForm(FactsForm):
    """All facts of a section, for staff."""

    approval = forms.ChoiceField(
        label=_("Approval"),
        choices=Section.Approval.choices,
        required=False,
        help_text=_("Whether somebody approves each student before a seat is given."),
    )
    linked_to = CrnField(
        label=_("Belongs to the section with the CRN"),
        required=False,
        help_text=_("A lab names its lecture: students take one with the other. Empty: it stands alone."),
    )

    registration_opens_at = CampusInstantField(
        label=_("Registration opens"), required=False, help_text=_("Empty: as in the term.")
    )
    registration_closes_at = CampusInstantField(
        label=_("Registration closes"), required=False, help_text=_("Empty: as in the term.")
    )
    offer_hours = forms.IntegerField(
        label=_("Hours to answer an offer"),
        required=False,
        min_value=2,
        max_value=168,
        help_text=_("Where seats are offered. Shorter near the end of the line, and never ending at night."),
    )
    waitlist_closes_at = CampusInstantField(
        label=_("Waitlist closes"),
        required=False,
        help_text=_("Whoever still waits is then told that the line is over. Empty: it stays open."),
    )
    access_starts_at = CampusInstantField(
        label=_("Class pages open"), required=False, help_text=_("Before, a student of the class cannot look inside.")
    )
    access_ends_at = CampusInstantField(label=_("Class pages close"), required=False)

    class Meta:
        model = Section
        fields = [
            "crn", "section_number", "title", "capacity", "minimum_enrollment", "approval", "linked_to",
            "waitlist_mode", "waitlist_capacity", "offer_hours", "waitlist_closes_at",
            "instructional_method", "schedule_type", "credit_hours", "description", "start_date", "end_date",
            "registration_opens_at", "registration_closes_at", "access_starts_at", "access_ends_at",
        ]  # fmt: skip
        widgets = {"description": forms.Textarea(attrs={"rows": 6}), "start_date": day_input(), "end_date": day_input()}
        help_texts = {
            "capacity": _("Empty: no limit. With more seats the line moves up; with fewer nobody loses a seat."),
            "waitlist_capacity": _("Empty: no limit."),
            "minimum_enrollment": _("With fewer the section is flagged on the pages of the office."),
            "credit_hours": _("Empty: the least of the course."),
            "start_date": _("Empty: as in the term."),
            "end_date": _("Empty: as in the term."),
        }

    def clean_offer_hours(self) -> int:
        return int(self.cleaned_data["offer_hours"] or self.instance.offer_hours)

    def clean_approval(self) -> str:
        return self.cleaned_data["approval"] or self.instance.approval

    def clean_linked_to(self) -> Section | None:
        crn = self.cleaned_data["linked_to"].strip()
        if not crn:
            return None
        term = self.cleaned_data.get("term") or getattr(self.instance, "term", None)
        found = Section.objects.filter(term=term, crn=crn).select_related("course__subject").first()
        if found is None:
            raise ValidationError(_("The term has no section with this CRN."), code="unknown_crn")
        return found


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


class CrossListForm(SeenForm):
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
        group = section.cross_list_group
        super().__init__(*args, now=[group and group.pk, group and group.capacity], **kwargs)
        self.section = section
        if group:
            del self.fields["crns"]

    def clean_crns(self) -> list[Section]:
        wanted = list(dict.fromkeys(self.cleaned_data["crns"].replace(",", " ").split()))
        rows = Section.objects.filter(term=self.section.term_id, crn__in=wanted).select_related("course__subject")
        found = {row.crn: row for row in rows}
        if unknown := [crn for crn in wanted if crn not in found]:
            words = _("The term has no section with the CRN %(crns)s.")
            raise ValidationError(words, code="unknown_crn", params={"crns": ", ".join(unknown)})
        return [found[crn] for crn in wanted]
