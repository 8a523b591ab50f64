"""Rooms and times in the admin: buildings and rooms are edited, everything that holds time changes by its deeds."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.lookups import ShownLookups
from scheduling import operations
from scheduling.models import (
    Building,
    Claim,
    Closure,
    ConflictOverride,
    Meeting,
    MeetingInstructor,
    MeetingPattern,
    Rollover,
    Room,
    RoomFeature,
)
from scheduling.policies import can_resolve_clashes, can_roll_over
from scheduling.queries.clashes import open_pairs


class RoomsAdmin(ShownLookups, admin.ModelAdmin):
    """Facts that the registrar's office edits; nothing is deleted, a room goes out of use."""

    def _may(self, request: Any) -> bool:
        return request.user.has_perm("scheduling.edit_rooms")

    def has_module_permission(self, request: Any) -> bool:
        return self._may(request)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return self._may(request)

    def has_add_permission(self, request: Any) -> bool:
        return self._may(request)

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return self._may(request)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(Building)
class BuildingAdmin(RoomsAdmin):
    list_display = ["code", "name", "zone"]
    search_fields = ["code", "name"]


@admin.register(Room)
class RoomAdmin(RoomsAdmin):
    list_display = ["__str__", "name", "capacity", "is_accessible", "is_active"]
    list_filter = ["is_active", "is_accessible"]
    search_fields = ["code", "name", "building__code", "building__name"]
    list_select_related = ["building"]
    ordering = ["building__code", "code"]
    filter_horizontal = ["features"]


@admin.register(RoomFeature)
class RoomFeatureAdmin(RoomsAdmin):
    list_display = ["name"]
    search_fields = ["name"]


class ClosureForm(forms.ModelForm):
    class Meta:
        model = Closure
        fields = ["name", "start_date", "end_date"]


@admin.register(Closure)
class ClosureAdmin(RoomsAdmin):
    """Days are closed, moved and opened by the operations, which cancel meetings and let them stand again."""

    form = ClosureForm
    list_display = ["name", "start_date", "end_date"]
    search_fields = ["name"]
    actions = ["remove"]

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[str]:
        return ["name"] if obj else []

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        if not change:
            made = operations.add_closure(obj.name, obj.start_date, obj.end_date, by=request.user)
            obj.pk, obj.public_id = made.pk, made.public_id
            obj._state.adding = False
            return
        closure = Closure.objects.get(pk=obj.pk)
        clashes = operations.move_closure(closure, obj.start_date, obj.end_date, by=request.user)
        if clashes:
            messages.warning(request, _("%(n)s meetings clash now; see the clash list.") % {"n": len(clashes)})

    @admin.action(description=_("Open the days again"), permissions=["change"])
    def remove(self, request: Any, queryset: Any) -> None:
        _each(self, request, queryset, lambda closure: operations.remove_closure(closure, by=request.user))


class ReasonForm(ActionForm):
    """The actions that tell people something ask why."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)


class MeetingsAdmin(ShownLookups, admin.ModelAdmin):
    """Rows that only operations write."""

    action_form = ReasonForm

    def _may(self, request: Any) -> bool:
        return request.user.has_perm("scheduling.edit_meetings")

    def has_module_permission(self, request: Any) -> bool:
        return self._may(request)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return self._may(request)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_deed_permission(self, request: Any) -> bool:
        return self._may(request)


@admin.register(MeetingPattern)
class MeetingPatternAdmin(MeetingsAdmin):
    list_display = ["__str__", "term", "kind", "days", "start_time", "end_time", "room", "is_tba"]
    list_filter = ["term", "kind", "is_tba"]
    search_fields = ["sections__crn", "sections__course__number", "room__code"]
    list_select_related = ["term", "room__building"]
    ordering = ["-pk"]
    show_full_result_count = False
    actions = ["cancel_patterns"]

    @admin.action(description=_("Cancel the coming meetings of the patterns"), permissions=["deed"])
    def cancel_patterns(self, request: Any, queryset: Any) -> None:
        _each(
            self,
            request,
            queryset,
            lambda pattern: operations.cancel_pattern(pattern, by=request.user, reason=_reason(request)),
        )


@admin.register(Meeting)
class MeetingAdmin(MeetingsAdmin):
    list_display = ["__str__", "starts_at", "ends_at", "room", "status", "is_shifted"]
    list_filter = ["status", "is_shifted"]
    search_fields = ["pattern__sections__crn", "room__code"]
    list_select_related = ["pattern", "room__building"]
    raw_id_fields = ["room_claim"]
    show_full_result_count = False
    actions = ["cancel_meetings"]

    @admin.action(description=_("Cancel the chosen meetings"), permissions=["deed"])
    def cancel_meetings(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("pattern", "room")
        _each(
            self,
            request,
            rows,
            lambda meeting: operations.cancel_meeting(meeting, by=request.user, reason=_reason(request)),
        )


@admin.register(MeetingInstructor)
class MeetingInstructorAdmin(MeetingsAdmin):
    list_display = ["meeting", "instructor"]
    search_fields = ["instructor__email", "instructor__family_name"]
    list_select_related = ["meeting__pattern", "instructor"]
    show_full_result_count = False


@admin.register(Claim)
class ClaimAdmin(MeetingsAdmin):
    """The ledger: whose time is taken; of what is private only the kind is known."""

    list_display = ["during", "room", "person", "source", "hard", "active", "expires_at"]
    list_filter = ["source", "hard", "active"]
    search_fields = ["room__code", "person__email"]
    list_select_related = ["room__building", "person"]
    ordering = ["-pk"]
    show_full_result_count = False
    actions = ["accept"]

    def has_accept_permission(self, request: Any) -> bool:
        return can_resolve_clashes(request.user)

    @admin.action(description=_("Accept the clashes of the chosen claims"), permissions=["accept"])
    def accept(self, request: Any, queryset: Any) -> None:
        def deed(claim: Claim) -> None:
            operations.accept_clashes(open_pairs([claim.pk]), by=request.user, reason=_reason(request))

        _each(self, request, queryset, deed)


@admin.register(ConflictOverride)
class ConflictOverrideAdmin(MeetingsAdmin):
    """Which clashes were kept, by whom and why; nothing is changed here."""

    list_display = ["at", "claim", "other", "by", "reason"]
    search_fields = ["reason", "by__email"]
    list_select_related = ["claim", "other", "by"]
    raw_id_fields = ["claim", "other", "by"]
    show_full_result_count = False


@admin.register(Rollover)
class RolloverAdmin(MeetingsAdmin):
    """Terms that were made from others; they are looked at on their pages, copied and undone here too."""

    list_display = ["__str__", "state", "by", "created_at", "applied_at", "undone_at"]
    list_filter = ["state", "target"]
    search_fields = ["source__code", "target__code", "by__email"]
    list_select_related = ["source", "target", "by"]
    actions = ["apply", "undo"]

    def _may(self, request: Any) -> bool:
        return can_roll_over(request.user)

    @admin.action(description=_("Copy all that can be copied"), permissions=["deed"])
    def apply(self, request: Any, queryset: Any) -> None:
        _each(self, request, queryset, lambda row: operations.apply_rollover(row, by=request.user))

    @admin.action(description=_("Take the copies back"), permissions=["deed"])
    def undo(self, request: Any, queryset: Any) -> None:
        _each(self, request, queryset, lambda row: operations.undo_rollover(row, by=request.user))


def _reason(request: Any) -> str:
    return request.POST.get("reason", "")[:200]


def _each(modeladmin: Any, request: Any, queryset: Any, deed: Any) -> None:
    """Do the deed for each row by itself and say of each whether it was refused and why."""
    for row in queryset.order_by("pk"):
        try:
            deed(row)
        except (DomainError, ValidationError) as exc:
            text = str(exc) if isinstance(exc, DomainError) else "; ".join(exc.messages)
            modeladmin.message_user(request, f"{row}: {text}", messages.ERROR)
        else:
            modeladmin.message_user(request, _("%(row)s: done.") % {"row": row}, messages.SUCCESS)
