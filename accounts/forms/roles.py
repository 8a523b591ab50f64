"""The form with which an administrator assembles a role."""

from typing import Any

from django import forms
from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import operations
from accounts.models import Role
from accounts.roles import named_permissions, words_of
from core.errors import DomainError
from core.forms import refuse

# What the parts of other people's programs are called here.
OTHERS = {"pghistory": _("History"), "procrastinate": _("Jobs")}


def grouped() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the named permissions with their sentences, by app."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, permission in sorted(named_permissions().items()):
        app = name.partition(".")[0]
        label = str(OTHERS.get(app) or apps.get_app_config(app).verbose_name)
        found.setdefault(label, []).append((name, words_of(name, permission)))
    return list(found.items())


class RoleForm(forms.ModelForm):
    """Rehearses its deed while it is checked, so that a refusal stands on the form and nothing is saved.

    The admin sets `by`, and calls `do` once the form is valid.
    """

    by: Any = None

    may = forms.MultipleChoiceField(
        label=_("Who holds it"), choices=grouped, widget=forms.CheckboxSelectMultiple, required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, help_text=_("It is kept in the history."))

    class Meta:
        model = Role
        fields = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["may"].initial = sorted(self.instance.permission_names())

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors:
            try:
                with transaction.atomic():
                    self.do()
                    transaction.set_rollback(True)
            except DomainError as exc:
                refuse(self, exc)
        return self.cleaned_data

    def do(self) -> Role:
        """Do the deed and return the role that it wrote."""
        name, may, reason = (self.cleaned_data[field] for field in ("name", "may", "reason"))
        if not self.instance.pk:
            return operations.make_role(name, may, by=self.by, reason=reason)
        # As it is stored: the form's own copy holds what was typed.
        role = Role.objects.get(pk=self.instance.pk)
        return operations.change_role(role, name=name, permissions=may, by=self.by, reason=reason)

    def save(self, commit: bool = False) -> Role:
        # The admin asks for the row first and then for what hangs on it; `do` has it all.
        self.save_m2m = lambda: None
        return self.instance
