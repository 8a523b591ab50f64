"""What the office did about accounts, and who worked in whose name: to read and to search, never to change."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountEvent, ImpersonationSession


class OfficeAdmin(admin.ModelAdmin):
    """Rows that nobody writes by hand, for those who read the history."""

    show_full_result_count = False
    list_per_page = 50
    ordering = ["-pk"]

    def has_module_permission(self, request: Any) -> bool:
        return request.user.has_perm("pghistory.view_events")

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return request.user.has_perm("pghistory.view_events")

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup.split("__")[0] in self.list_filter


@admin.register(AccountEvent)
class AccountEventAdmin(OfficeAdmin):
    fields = readonly_fields = list_display = ["at", "kind", "role", "user", "actor", "reason"]
    list_filter = ["kind", "at"]
    list_select_related = ["user", "actor"]
    search_fields = ["user__email", "actor__email", "reason", "role"]
    search_help_text = _("An e-mail address, a role or a word of the reason.")


@admin.register(ImpersonationSession)
class ImpersonationAdmin(OfficeAdmin):
    fields = readonly_fields = list_display = ["started_at", "actor", "subject", "reason", "ended_at", "cause"]
    list_filter = ["started_at"]
    list_select_related = ["actor", "subject", "end"]
    search_fields = ["actor__email", "subject__email", "reason"]
    search_help_text = _("The e-mail address of either of the two, or a word of the reason.")

    @admin.display(description=_("ended"))
    def ended_at(self, session: ImpersonationSession) -> Any:
        if hasattr(session, "end"):
            return session.end.at
        return None if session.is_live else session.ends_by

    @admin.display(description=_("how"))
    def cause(self, session: ImpersonationSession) -> Any:
        if hasattr(session, "end"):
            return session.end.get_cause_display()
        return _("Still goes on") if session.is_live else _("Time was over")
