"""Deeds of the admin about accounts: for each row by itself, with a reason."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Role, User
from accounts.queries import roles_within
from core.errors import DomainError, ReasonMissing
from core.reasons import ReasonForm, reason_of


class RoleAndReasonForm(ReasonForm):
    role = forms.ModelChoiceField(Role.objects.order_by("name"), label=_("Role"), required=False, to_field_name="name")
    field_order = ["action", "role", "reason"]

    def offer(self, by: User) -> None:
        """Show `by` the roles that they may give or take."""
        self.fields["role"].queryset = roles_within(by).order_by("name")  # type: ignore[attr-defined]


def each(modeladmin: Any, request: Any, queryset: Any, deed: Callable[[Any, str], Any]) -> None:
    """Do the deed for each row by itself, with the reason that was given, and say of each that was refused why."""
    try:
        reason = reason_of(request)
    except ReasonMissing as exc:
        modeladmin.message_user(request, str(exc), messages.ERROR)
        return
    done = 0
    for row in queryset.order_by("pk"):
        try:
            deed(row, reason)
        except DomainError as exc:
            modeladmin.message_user(request, f"{row}: {exc}", messages.ERROR)
        else:
            done += 1
    if done:
        modeladmin.message_user(request, ngettext("%d is done.", "%d are done.", done) % done, messages.SUCCESS)
