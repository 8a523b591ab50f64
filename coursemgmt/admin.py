"""The history of records in the admin, and who looked at them: to read and to search, never to change.

Graded work, scores and final grades are left out: staff see no draft, and when one was entered would tell that there
is one. What was posted of them, from what to what and by whom, stands in the admin of students.
"""

import json
from collections import defaultdict
from typing import Any

import pghistory.core
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import RecordAccess, User
from core.lookups import ShownLookups
from coursemgmt.audit import changes, concerning, names_of, people_named
from students.models import FinalGrade, GradeEntry, GradeItem

DRAFTS = {GradeItem, GradeEntry, FinalGrade}
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
    """A page of events, each with the one before it of the same row and the names of what both name."""

    def get_results(self, request: Any) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        story = defaultdict(list)
        for event in self.model.objects.filter(id__in={row.id for row in rows}).order_by("pgh_id"):
            story[event.id].append(event)
        for row in rows:
            row.previous = next((one for one in reversed(story[row.id]) if one.pgh_id < row.pgh_id), None)
        names = names_of([*rows, *(row.previous for row in rows)])
        for row in rows:
            row.names = names
        self.result_list = rows


class HistoryAdmin(AuditAdmin):
    list_display = ["at", "kind", "number", "before", "after", "actor", "door", "reason"]
    fields = readonly_fields = ["at", "kind", "number", "both", "actor", "door", "route", "reason"]
    list_filter = [DoorFilter, KindFilter, ("pgh_created_at", WhenFilter)]
    search_fields = ["id", "actor"]
    search_help_text = _("The number of a row, or the e-mail address of who changed it or whom it is about.")
    ordering = ["-pgh_id"]

    def get_changelist(self, request: Any, **kwargs: Any) -> type[ChangeList]:
        return HistoryList

    def get_queryset(self, request: Any) -> QuerySet:
        said = {name: KeyTextTransform(name, "pgh_context__metadata") for name in ("door", "route")}
        # Some rows have a reason of their own.
        said["why"] = KeyTextTransform("reason", "pgh_context__metadata")
        user, actor = (
            Cast(KeyTextTransform(name, "pgh_context__metadata"), BigIntegerField())
            for name in ("user", "impersonator")
        )
        found = super().get_queryset(request).annotate(**said, user_of_request=user, actor_id=Coalesce(actor, user))
        return found.annotate(actor=_email("actor_id"), name_of_request=_email("user_of_request"))

    def get_search_results(self, request: Any, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        word = search_term.strip()
        if not word:
            return queryset, False
        # A longer number is no key, and the database refuses it.
        if word.isascii() and word.isdigit() and len(word) < 19:
            return queryset.filter(id=int(word)), False
        people = people_named(word)
        acted = Q(actor_id__in=people) | Q(user_of_request__in=people)
        return queryset.filter(acted | concerning(self.model, people)), False

    @admin.display(description=_("when"), ordering="pgh_id")
    def at(self, event: Any) -> Any:
        return date_format(timezone.localtime(event.pgh_created_at), "j M Y, H:i:s")

    @admin.display(description=_("change"))
    def kind(self, event: Any) -> Any:
        return KINDS[event.pgh_label]

    @admin.display(description=_("row"), ordering="id")
    def number(self, event: Any) -> Any:
        return event.id

    @admin.display(description=_("who"))
    def actor(self, event: Any) -> Any:
        if event.actor_id != event.user_of_request:
            return _("%(actor)s in the name of %(user)s") % {"actor": event.actor, "user": event.name_of_request}
        return event.actor or _("the system")

    @admin.display(description=_("door"))
    def door(self, event: Any) -> Any:
        return DOORS.get(event.door, event.door)

    @admin.display(description=_("route"))
    def route(self, event: Any) -> Any:
        return event.route

    @admin.display(description=_("reason"))
    def reason(self, event: Any) -> Any:
        return event.why or ""

    @admin.display(description=_("before"))
    def before(self, event: Any) -> Any:
        return _lines((name, old) for name, old, _new in changes(event, event.names))

    @admin.display(description=_("after"))
    def after(self, event: Any) -> Any:
        return _lines((name, new) for name, _old, new in changes(event, event.names))

    @admin.display(description=_("what changed"))
    def both(self, event: Any) -> Any:
        rows = ((_words(name), *("" if side is None else side for side in sides)) for name, *sides in changes(event))
        body = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', rows)
        head = (_("field"), _("before"), _("after"))
        heads = format_html_join("", '<th scope="col">{}</th>', ((capfirst(word),) for word in head))
        return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", heads, body)


def _key_in_context(name: str) -> Cast:
    return Cast(KeyTextTransform(name, "pgh_context__metadata"), BigIntegerField())


def _email(field: str) -> Subquery:
    return Subquery(User.objects.filter(pk=OuterRef(field)).values("email"))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _lines(pairs: Any) -> Any:
    told = ((_words(name), value) for name, value in pairs if value is not None)
    return format_html_join("", "<div>{}: {}</div>", told)


def title(event: Any) -> str:
    return f"{capfirst(str(event._meta.verbose_name))}, {event.pgh_id}"


for events in pghistory.core.event_models():
    # The package gives its models no name of their own.
    events.__str__ = title  # type: ignore[method-assign]
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


class JobAdmin(ShownLookups, ProcrastinateJobAdmin):
    """The jobs of the worker; what is not shown of one is not searched either.

    The library's own columns write their style into the page, which the policy of contents refuses.
    """

    @admin.display(description=_("arguments"))
    def pretty_args(self, instance: ProcrastinateJob) -> str:
        return json.dumps(instance.args)

    @admin.display(description=_("last event"))
    def summary(self, instance: ProcrastinateJob) -> str:
        last = instance.procrastinateevent_set.first()
        return f"{last.type}, {date_format(timezone.localtime(last.at), 'j M Y, H:i:s')}" if last else ""


admin.site.unregister(ProcrastinateJob)
admin.site.register(ProcrastinateJob, JobAdmin)
