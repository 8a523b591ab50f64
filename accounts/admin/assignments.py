"""Who advises whom in the admin: assigned on the page of the student, ended here too."""

from typing import Any

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from accounts import operations
from accounts.models import RoleAssignment
from accounts.policies import can_assign_advisors
from core.errors import DomainError
from core.lookups import ShownLookups


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(ShownLookups, admin.ModelAdmin):
    list_display = ["user", "advisee", "valid_from", "valid_to", "granted_by", "reason"]
    list_select_related = ["user", "advisee", "granted_by"]
    search_fields = ["user__email", "user__family_name", "advisee__email", "advisee__family_name"]
    show_full_result_count = False
    list_per_page = 50
    ordering = ["-pk"]
    actions = ["end"]

    def has_module_permission(self, request: Any) -> bool:
        return can_assign_advisors(request.user)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return can_assign_advisors(request.user)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    @admin.action(description=_("End the assignments"), permissions=["view"])
    def end(self, request: Any, queryset: Any) -> None:
        """End each by itself, and say of each that was refused why."""
        for row in queryset.order_by("pk"):
            try:
                operations.end_assignment(row, by=request.user, reason="By staff in the admin")
            except DomainError as exc:
                self.message_user(request, str(exc), messages.ERROR)
            else:
                self.message_user(request, _("%(person)s: ended.") % {"person": row.user.display_name})
