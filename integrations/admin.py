"""Imports in the admin, to read; they are run and undone on their pages."""

from typing import Any

from django.contrib import admin

from core.lookups import ShownLookups
from integrations.models import ImportRun
from integrations.policies import can_import_enrollments


@admin.register(ImportRun)
class ImportRunAdmin(ShownLookups, admin.ModelAdmin):
    list_display = ["file_name", "term", "state", "mode", "by", "created_at"]
    list_filter = ["state", "mode", "term"]
    search_fields = ["file_name", "by__email", "by__family_name"]
    list_select_related = ["term", "by"]
    exclude = ["digest"]

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return can_import_enrollments(request.user)

    def has_module_permission(self, request: Any) -> bool:
        return can_import_enrollments(request.user)
