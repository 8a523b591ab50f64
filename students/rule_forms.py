"""HTML input of holds, registration windows, restrictions, reserved seats, approvals and payments."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from courses.forms.facts import CampusInstantField, FactsForm
from courses.models import Course, Section, Term
from students.models import Hold, RegistrationWindow, Restriction, SeatReservation

ANYBODY = _("Empty: any.")


class HoldForm(FactsForm):
    class Meta:
        model = Hold
        fields = ["cause", "office", "note", "blocks_register", "blocks_drop", "blocks_transcript"]
        help_texts = {
            "office": _("Where the student settles it, such as “Bursar's office, room 12”."),
            "note": _("Optional. The student reads it, and so does whoever is refused by it."),
        }


class HoldFilterForm(forms.Form):
    q = forms.CharField(label=_("Name, number or e-mail"), required=False, max_length=200)
    cause = forms.ChoiceField(label=_("Cause"), required=False, choices=[("", _("Any")), *Hold.Cause.choices])
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("In force")), ("lifted", _("Lifted")), ("all", _("All"))]
    )


class WindowForm(FactsForm):
    opens_at = CampusInstantField(label=_("Opens"))
    closes_at = CampusInstantField(label=_("Closes"), required=False, help_text=_("Empty: with the term's own dates."))

    class Meta:
        model = RegistrationWindow
        fields = [
            "name", "level", "standing", "program", "credits_from", "opens_at", "closes_at", "credits_min",
            "credits_max", "fallback", "priority",
        ]  # fmt: skip
        help_texts = {
            "name": _("Students read it: “Seniors”, “Everybody”."),
            "level": ANYBODY,
            "standing": ANYBODY,
            "program": ANYBODY,
            "credits_from": _("Empty: none. Credits of courses that ended with a posted grade."),
            "credits_min": _("Empty: as in the term."),
            "credits_max": _("Empty: as in the term."),
            "fallback": _("Which window holds for these students before it opens and after it closes."),
            "priority": _("Of several windows that fit a student the lowest number holds."),
        }

    def __init__(self, *args: Any, term: Term, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fallback: Any = self.fields["fallback"]
        fallback.queryset = RegistrationWindow.objects.filter(term=term).exclude(pk=self.instance.pk)
        self.instance.term = term


class TermChoiceForm(forms.Form):
    term: Any = forms.ModelChoiceField(
        label=_("Term"), queryset=Term.objects.none(), to_field_name="code", required=False, empty_label=_("Current")
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms = Term.objects.visible_to(user).exclude(kind=Term.Kind.YEAR)
        chosen: Any = self.fields["term"]
        chosen.queryset = self.terms

    def chosen(self) -> Term | None:
        """Return the term that was chosen, else the one of today or the next one."""
        return self.cleaned_data.get("term") or self.terms.current()


class RestrictionForm(FactsForm):
    SECTION, COURSE = "section", "course"

    scope = forms.ChoiceField(
        label=_("Where"), choices=[(SECTION, _("This section")), (COURSE, _("Every section of the course"))]
    )

    class Meta:
        model = Restriction
        fields = ["level", "standing", "program"]
        help_texts = {"level": ANYBODY, "standing": ANYBODY, "program": ANYBODY}

    def target(self, section: Section) -> Course | Section:
        """Return what is restricted, seen from the page of a section."""
        return section.course if self.cleaned_data["scope"] == self.COURSE else section


class BackForm(forms.Form):
    """The section from whose page something of the course was changed."""

    section = forms.UUIDField(required=False)


class ReservationForm(FactsForm):
    releases_at = CampusInstantField(
        label=_("Kept until"), required=False, help_text=_("From then on what is left is for everybody. Empty: kept.")
    )

    class Meta:
        model = SeatReservation
        fields = ["seats", "level", "standing", "program", "releases_at", "priority"]
        help_texts = {
            "level": ANYBODY,
            "standing": ANYBODY,
            "program": ANYBODY,
            "priority": _("Whom several fit takes a seat of the lowest number first."),
        }


class DecisionForm(forms.Form):
    """Approve or decline somebody who asked for a seat."""

    APPROVE, DECLINE = "approve", "decline"

    answer = forms.ChoiceField(
        label=_("Answer"), choices=[(APPROVE, _("Give the seat")), (DECLINE, _("Decline"))], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The student reads it. Needed to decline."),
    )


class PaymentForm(forms.Form):
    PAID, DUE = "paid", "due"

    step = forms.ChoiceField(
        label=_("What is new?"),
        choices=[(DUE, _("It is to be paid")), (PAID, _("It is paid"))],
        widget=forms.RadioSelect,
    )
    until = forms.DateTimeField(
        label=_("The seat is kept until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M"],
        help_text=_("In your time zone. Unpaid, it goes to the next in line then."),
    )
    reason = forms.CharField(
        label=_("Note"), required=False, max_length=500, help_text=_("Optional. The student reads it.")
    )

    def clean(self):
        data = super().clean() or {}
        if data.get("step") == self.DUE and not data.get("until") and not self.has_error("until"):
            self.add_error("until", ValidationError(_("Say until when."), code="required"))
        return data


class MessageForm(forms.Form):
    message = forms.CharField(required=False, max_length=500)


class SelfEnrollmentForm(forms.Form):
    """What those who enroll themselves show; one of it is enough."""

    key = forms.CharField(
        label=_("New key"),
        required=False,
        min_length=6,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Kept hashed: nobody can read it again. Empty: the one that is set stays."),
    )
    without_key = forms.BooleanField(label=_("No key any more"), required=False)
    domains = forms.CharField(
        label=_("E-mail domains"),
        required=False,
        max_length=500,
        help_text=_("With spaces between: example.edu lets in whoever confirmed an address there."),
    )
    by_invitation = forms.BooleanField(label=_("Those who are invited"), required=False)
    invited = forms.CharField(
        label=_("Addresses that are invited"),
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One on each line."),
    )

    def given(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "domains": data["domains"].split(),
            "by_invitation": data["by_invitation"],
            "key": "" if data.get("without_key") else data["key"] or None,
            "invited": data["invited"].splitlines(),
        }


class KeyForm(forms.Form):
    key = forms.CharField(
        label=_("Key of the class"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Whoever teaches the class gives it to you."),
    )


class PreEnrollmentForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("Of somebody without an account. The seat becomes theirs when they confirm it here."),
    )
    expires_at = CampusInstantField(label=_("Kept until"))
    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)
