"""Roles: the built-in ones to read, and those that an administrator assembles from named permissions."""

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from accounts import operations
from accounts.admin.deeds import each
from accounts.forms.roles import RoleForm, grouped
from accounts.models import Role
from accounts.policies import can_assemble_roles
from core.reasons import ReasonForm


@admin.register(Role)
class RoleAdmin(admin.ModelAdmin):
    form = RoleForm
    list_display = ["name", "built_in", "holders"]
    search_fields = ["name"]
    ordering = ["name"]
    readonly_fields = ["built_in", "sentences"]
    action_form = ReasonForm
    actions = ["remove"]
    show_full_result_count = False

    def has_module_permission(self, request: Any) -> bool:
        return request.user.has_perm("accounts.grant_roles")

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.grant_roles")

    def has_add_permission(self, request: Any) -> bool:
        return can_assemble_roles(request.user)

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        # The list asks without a row. A built-in role is shown, with the sentence that says why it is not changed.
        return can_assemble_roles(request.user) and (obj is None or not obj.is_built_in)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_assemble_permission(self, request: Any) -> bool:
        return can_assemble_roles(request.user)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup.split("__")[0] == "name"

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).annotate(people=Count("user", distinct=True))

    def get_fields(self, request: Any, obj: Any = None) -> list[str]:
        changes = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return ["name", "may", "reason"] if changes else ["name", "built_in", "sentences"]

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.by = request.user
        return form

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        obj.__dict__.update(form.do().__dict__)

    @admin.display(description=_("kind"))
    def built_in(self, role: Role) -> Any:
        return _("Built in: name and permissions are fixed") if role.is_built_in else _("Assembled")

    @admin.display(description=_("people"), ordering="people")
    def holders(self, role: Any) -> int:
        return role.people

    @admin.display(description=_("who holds it"))
    def sentences(self, role: Role) -> Any:
        held = role.permission_names()
        lines = ((words,) for _app, choices in grouped() for name, words in choices if name in held)
        return format_html_join("", "<div>{}</div>", lines)

    @admin.action(description=_("Take from all who hold it, and remove"), permissions=["assemble"])
    def remove(self, request: Any, queryset: Any) -> None:
        def deed(role: Role, reason: str) -> None:
            operations.remove_assembled_role(role, by=request.user, reason=reason)

        each(self, request, queryset, deed)
