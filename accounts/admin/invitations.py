"""Who was invited to what: made and accepted on the pages, sent again and taken back here too."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import operations
from accounts.models import Invitation
from accounts.policies import can_invite_people
from core.errors import DomainError
from core.lookups import ShownLookups


@admin.register(Invitation)
class InvitationAdmin(ShownLookups, admin.ModelAdmin):
    list_display = ["email", "role", "state", "invited_by", "created_at", "expires_at", "accepted_at"]
    list_filter = ["role"]
    list_select_related = ["invited_by"]
    search_fields = ["email"]
    show_full_result_count = False
    list_per_page = 50
    ordering = ["-pk"]
    actions = ["resend", "revoke"]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).visible_to(request.user)

    def has_module_permission(self, request: Any) -> bool:
        return can_invite_people(request.user)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return can_invite_people(request.user)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    @admin.action(description=_("Send the mail once more"), permissions=["view"])
    def resend(self, request: Any, queryset: Any) -> None:
        self._each(request, queryset, operations.resend_invitation)

    @admin.action(description=_("Take back"), permissions=["view"])
    def revoke(self, request: Any, queryset: Any) -> None:
        self._each(request, queryset, operations.revoke_invitation)

    def _each(self, request: Any, queryset: Any, deed: Callable[..., Any]) -> None:
        """Do the deed for each by itself, and say of each that was refused why."""
        done = 0
        for invitation in queryset.order_by("pk"):
            try:
                deed(invitation, by=request.user)
            except DomainError as exc:
                self.message_user(request, f"{invitation}: {exc}", messages.ERROR)
            else:
                done += 1
        if done:
            self.message_user(request, ngettext("%d is done.", "%d are done.", done) % done, messages.SUCCESS)
