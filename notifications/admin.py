"""The outbox in the admin: what is queued, what was sent, what failed. Bodies are never shown."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.lookups import ShownLookups
from notifications import operations
from notifications.models import OutboxMessage
from notifications.policies import can_see_outbox


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ShownLookups, admin.ModelAdmin):
    list_display = ["pk", "kind", "recipient", "address", "state", "attempts", "not_before", "sent_at", "last_error"]
    list_filter = ["state", "kind"]
    list_select_related = ["recipient"]
    search_fields = ["recipient__email", "address", "message_id"]
    exclude = ["facts"]
    actions = ["resend"]
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: OutboxMessage | None = None) -> bool:
        return can_see_outbox(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutboxMessage | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutboxMessage | None = None) -> bool:
        return False

    @admin.action(description=_("Send failed messages once more"), permissions=["view"])
    def resend(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        failed = list(queryset.filter(state="failed"))
        for message in failed:
            operations.resend(message, by=request.user)
        self.message_user(request, _("%(n)s messages queued.") % {"n": len(failed)}, messages.SUCCESS)
