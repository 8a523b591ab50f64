"""Who teaches a section."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models import SectionInstructor
from courses.queries import search_words


class PersonField(forms.CharField):
    """A person by address, or by words of the name that only one has; among `people`, the active ones unless set."""

    people: Any = None

    def clean(self, value: Any) -> User | None:
        text = super().clean(value)
        if not text:
            return None
        people = User.objects.active() if self.people is None else self.people
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
    person = PersonField(label=_("Name or address"), required=False, max_length=500)
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(RECORD, _("Instructor of record")), *SectionInstructor.Role.choices],
        initial=SectionInstructor.Role.INSTRUCTOR,
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].people = people

    def has_changed(self) -> bool:
        # A row without a person is an empty row, whatever role stands beside it.
        return "person" in self.changed_data or bool(self.initial)


class BaseTeachingFormSet(BaseFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Take this person out")

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
