"""What the forms of the catalogue have in common: they read what was typed; the deeds check and write it."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.forms import refuse
from core.recurrence import to_utc


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


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def sign_of(values: Iterable[Any]) -> str:
    """Return a short sign of values that a form shows: others have another one."""
    return hashlib.sha256(repr([str(value) for value in values]).encode()).hexdigest()[:16]


class SeenForm(forms.Form):
    """A form that knows what was shown: when somebody saved something else meanwhile, it says so once.

    `now` are the values that are stored.
    """

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: Iterable[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.show(sign_of(now))

    def show(self, sign: str) -> None:
        self.sign = sign
        self.fields["seen"].initial = sign

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.pop("seen", "") not in {"", self.sign}:
            # The next attempt is made knowing it.
            self.data = self.data.copy()
            self.data[self.add_prefix("seen")] = self.sign
            words = _("Somebody saved this after you opened it. Look at it again; saving now replaces what differs.")
            raise ValidationError(words, code="changed_meanwhile")
        return data


class FactsForm(SeenForm, forms.ModelForm):
    """The facts of a row. Uniqueness and constraints are asked by the deed, so that every door gives one answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.show(sign_of(self[name].initial for name in self.fields if name != "seen") if self.instance.pk else "")

    def clean(self) -> dict[str, Any]:
        if not self.instance.pk:
            self.cleaned_data.pop("seen", "")
            return self.cleaned_data
        return super().clean()

    def _post_clean(self) -> None:
        # As in ModelForm, without the constraints: it asks them always, and the deed would say the same once more.
        meta, exclude = self._meta, self._get_validation_exclusions()
        try:
            self.instance = forms.models.construct_instance(self, self.instance, meta.fields, meta.exclude)
            self.instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
        except ValidationError as exc:
            self._update_errors(exc)

    def given(self) -> dict[str, Any]:
        """Return what to write: every field of a new row, else those that were changed."""
        names = [name for name in self._meta.fields if name in self.fields and name != "seen"]
        if self.instance.pk:
            names = [name for name in names if name in self.changed_data]
        return {name: self.cleaned_data[name] for name in names}

    def save(self, commit: bool = True) -> Any:
        raise TypeError("The catalogue is written by operations.")


class ConfirmForm(forms.Form):
    """A form of one button."""


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
