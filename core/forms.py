"""A refusal on a form."""

from typing import Any

from django.core.exceptions import ValidationError

from core.errors import DomainError


def refuse(form: Any, exc: DomainError) -> None:
    """Put the refusal on its field if the form has it, else on top."""
    field = exc.field if exc.field in form.fields else None
    form.add_error(field, ValidationError(str(exc), code=exc.code))
