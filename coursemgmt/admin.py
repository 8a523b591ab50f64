"""The history of records in the admin, and who looked at them: to read and to search, never to change.

Graded work, scores and final grades are left out: staff see no draft, and when one was entered would tell that there
is one. What was posted of them, from what to what and by whom, stands in the admin of students.
"""

from collections import defaultdict
from typing import Any

import pghistory.core
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.models import RecordAccess, User
from students.models import FinalGrade, GradeEntry, GradeItem

DRAFTS = {GradeItem, GradeEntry, FinalGrade}
# What only the parties of an appointment read, where files lie, and what never changes.
HIDDEN = {"topic", "cancel_reason", "location", "photo", "id", "public_id"}
KINDS = {"insert": _("Made"), "update": _("Changed"), "delete": _("Removed")}
DOORS = {"page": _("Page"), "api": _("API"), "admin": _("Admin"), "job": _("Job"), "command": _("Command")}
ASKED_FOR = {"door", "kind", "pgh_created_at"}


class AuditAdmin(admin.ModelAdmin):
    """Rows that nobody writes by hand."""

    show_full_result_count = False
    list_per_page = 50

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
        # Whoever may ask for rows by a field can guess what stands in it.
        return lookup.split("__")[0] in ASKED_FOR and super().lookup_allowed(lookup, value, request)


class DoorFilter(admin.SimpleListFilter):
    title = _("door")
    parameter_name = "door"

    def lookups(self, request: Any, model_admin: Any) -> Any:
        return DOORS.items()

    def queryset(self, request: Any, queryset: QuerySet) -> QuerySet:
        return queryset.filter(door=self.value()) if self.value() else queryset


class KindFilter(admin.SimpleListFilter):
    title = _("change")
    parameter_name = "kind"

    def lookups(self, request: Any, model_admin: Any) -> Any:
        return KINDS.items()

    def queryset(self, request: Any, queryset: QuerySet) -> QuerySet:
        return queryset.filter(pgh_label=self.value()) if self.value() else queryset


class WhenFilter(admin.DateFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("time")


class HistoryList(ChangeList):
    """A page of events, each with the one before it of the same row."""

    def get_results(self, request: Any) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        story = defaultdict(list)
        for event in self.model.objects.filter(id__in={row.id for row in rows}).order_by("pgh_id"):
            story[event.id].append(event)
        for row in rows:
            row.previous = next((one for one in reversed(story[row.id]) if one.pgh_id < row.pgh_id), None)
        self.result_list = rows


class HistoryAdmin(AuditAdmin):
    fields = readonly_fields = list_display = [
        "at", "kind", "number", "before", "after", "actor", "door", "route",
    ]  # fmt: skip
    list_filter = [DoorFilter, KindFilter, ("pgh_created_at", WhenFilter)]
    search_fields = ["id", "actor"]
    search_help_text = _("The number of a row, or the e-mail address of who changed it.")
    ordering = ["-pgh_id"]

    def get_changelist(self, request: Any, **kwargs: Any) -> type[ChangeList]:
        return HistoryList

    def get_queryset(self, request: Any) -> QuerySet:
        said = {name: KeyTextTransform(name, "pgh_context__metadata") for name in ("door", "route")}
        by = Cast(KeyTextTransform("user", "pgh_context__metadata"), BigIntegerField())
        email = Subquery(User.objects.filter(pk=OuterRef("actor_id")).values("email"))
        return super().get_queryset(request).annotate(**said, actor_id=by).annotate(actor=email)

    def get_search_results(self, request: Any, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        word = search_term.strip()
        if not word:
            return queryset, False
        # A longer number is no key, and the database refuses it.
        found = Q(id=int(word)) if word.isascii() and word.isdigit() and len(word) < 19 else Q(actor__icontains=word)
        return queryset.filter(found), False

    @admin.display(description=_("when"), ordering="pgh_id")
    def at(self, event: Any) -> Any:
        return event.pgh_created_at

    @admin.display(description=_("change"))
    def kind(self, event: Any) -> Any:
        return KINDS[event.pgh_label]

    @admin.display(description=_("row"), ordering="id")
    def number(self, event: Any) -> Any:
        return event.id

    @admin.display(description=_("who"))
    def actor(self, event: Any) -> Any:
        return event.actor or _("the system")

    @admin.display(description=_("door"))
    def door(self, event: Any) -> Any:
        return DOORS.get(event.door, event.door)

    @admin.display(description=_("route"))
    def route(self, event: Any) -> Any:
        return event.route

    @admin.display(description=_("before"))
    def before(self, event: Any) -> Any:
        return _lines((name, old) for name, old, _new in changes(event))

    @admin.display(description=_("after"))
    def after(self, event: Any) -> Any:
        return _lines((name, new) for name, _old, new in changes(event))


def changes(event: Any) -> list[tuple[str, Any, Any]]:
    """Return the fields that `event` changed with both values; None stands for a row that was not there."""
    previous = event.previous if hasattr(event, "previous") else _previous(event)
    old = _values(previous) if previous and event.pgh_label != "insert" else {}
    new = _values(event) if event.pgh_label != "delete" else {}
    return [(name, old.get(name), new.get(name)) for name in _values(event) if old.get(name) != new.get(name)]


def _previous(event: Any) -> Any:
    return type(event).objects.filter(id=event.id, pgh_id__lt=event.pgh_id).order_by("-pgh_id").first()


def _values(event: Any) -> dict[str, Any]:
    fields = [field for field in event._meta.concrete_fields if not field.name.startswith("pgh_")]
    return {field.name: getattr(event, field.attname) for field in fields if field.name not in HIDDEN}


def _lines(pairs: Any) -> Any:
    return format_html_join("", "<div>{}: {}</div>", ((name, value) for name, value in pairs if value is not None))


for events in pghistory.core.event_models():
    if events.pgh_tracked_model not in DRAFTS:
        admin.site.register(events, HistoryAdmin)


@admin.register(RecordAccess)
class RecordAccessAdmin(AuditAdmin):
    fields = readonly_fields = list_display = ["at", "reader", "role", "subject", "what", "route"]
    list_filter = ["what", "role", "at"]
    list_select_related = ["reader", "subject"]
    search_fields = ["reader__email", "subject__email"]
    ordering = ["-pk"]

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup.split("__")[0] in {"what", "role", "at"}
