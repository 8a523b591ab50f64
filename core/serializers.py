"""Serializers that refuse what they do not know and ask the model's own checks."""

import copy
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

YEARS = range(1900, 2201)


class ZoneField(serializers.CharField):
    """The IANA name of a time zone; the model it goes to knows which there are."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)


class NamedField(serializers.SlugRelatedField):
    """Another object by a field of its own. An empty text names nothing; the library would read it as null."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data == "":
            self.fail("does_not_exist", slug_name=self.slug_field, value=data)
        return super().run_validation(data)


class StrictSerializer(serializers.Serializer):
    """An input serializer: an unknown field is an error, not silence."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        _refuse_unknown(self, data)
        _refuse_other_than_text(self, data)
        _refuse_far_days(value)
        return value


class CleanModelSerializer(serializers.ModelSerializer):
    """A model serializer that runs `full_clean` on a copy, so that constraints answer with 400 instead of a crash."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        _refuse_unknown(self, data)
        _refuse_other_than_text(self, data)
        _refuse_far_days(value)
        return value

    def validate(self, attrs: Any) -> Any:
        model: Any = self.Meta.model
        instance = copy.copy(self.instance) if self.instance is not None else model()
        many = {field.name for field in model._meta.many_to_many}
        for name, value in attrs.items():
            if name not in many:
                setattr(instance, name, value)
        try:
            instance.full_clean()
        except DjangoValidationError as exc:
            errors = exc.message_dict
            errors["non_field_errors"] = errors.pop("__all__", [])
            raise serializers.ValidationError({key: texts for key, texts in errors.items() if texts}) from exc
        return attrs


def _refuse_far_days(value: Any) -> None:
    """A year of the Romans is a slip, and what is stored must be written back as the document says."""
    far = [name for name, one in value.items() if isinstance(one, date) and one.year not in YEARS]
    if far:
        words = f"Give a day from {YEARS[0]} to {YEARS[-1]}."
        raise serializers.ValidationError({name: [words] for name in far})


def _refuse_other_than_text(serializer: serializers.Serializer, data: Any) -> None:
    """Numbers are no text, and neither they nor words are true or false: what is stored must be what was sent."""
    wrong = {}
    # A query has nothing but words.
    is_query = getattr(serializer, "is_query", False)
    for name in sorted(set(serializer.fields) & set(data)):
        field, value = serializer.fields[name], data[name]
        if isinstance(field, serializers.CharField) and not isinstance(value, str | None):
            wrong[name] = ["This is not text."]
        elif isinstance(field, serializers.BooleanField) and not isinstance(value, bool | None) and not is_query:
            wrong[name] = ["Give true or false."]
    if wrong:
        raise serializers.ValidationError(wrong)


def _refuse_unknown(serializer: serializers.Serializer, data: Any) -> None:
    writable = {name for name, field in serializer.fields.items() if not field.read_only}
    if unknown := set(data) - writable:
        raise serializers.ValidationError({name: ["This field is not known here."] for name in sorted(unknown)[:20]})
