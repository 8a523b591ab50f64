"""People in the admin: facts can be edited, roles are given by actions, nobody is deleted."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from accounts import operations
from accounts.models import User
from core.errors import DomainError

# The admin has no password door of its own: it sends to the sign-in page, with its limits and its confirmed addresses.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = _("Course office")


def _role_action(role: str) -> Any:
    @admin.action(description=_("Give the role “%(role)s”") % {"role": role}, permissions=["grant"])
    def give(modeladmin: Any, request: Any, queryset: Any) -> None:
        for user in queryset:
            try:
                operations.grant_role(user, role, by=request.user)
            except DomainError as exc:
                modeladmin.message_user(request, f"{user}: {exc}", messages.ERROR)

    give.__name__ = f"give_{role}"
    return give


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "given_name", "family_name", "is_active", "joined_at"]
    list_filter = ["groups", "is_active"]
    search_fields = ["email", "given_name", "family_name"]
    fields = [
        "email", "given_name", "middle_name", "family_name", "preferred_name", "pronouns", "locale", "time_zone",
        "is_active", "groups", "joined_at",
    ]  # fmt: skip
    readonly_fields = ["email", "is_active", "groups", "joined_at"]
    ordering = ["pk"]
    show_full_result_count = False
    actions = [*(_role_action(role) for role in ("student", "instructor", "registrar", "administrator")), "deactivate"]

    def has_module_permission(self, request: Any) -> bool:
        return request.user.has_perm("accounts.view_directory")

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.view_directory")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.manage_people")

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_grant_permission(self, request: Any) -> bool:
        return request.user.has_perm("accounts.grant_roles")

    @admin.action(description=_("Close the accounts"), permissions=["change"])
    def deactivate(self, request: Any, queryset: Any) -> None:
        for user in queryset:
            try:
                operations.deactivate(user, by=request.user)
            except DomainError as exc:
                self.message_user(request, f"{user}: {exc}", messages.ERROR)
