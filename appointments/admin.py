"""Office hours in the admin: states are read-only, cancelling is an action."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from appointments import operations
from appointments.models import (
    Appointment,
    AppointmentEvent,
    AppointmentType,
    AvailabilityOverride,
    AvailabilityRule,
    AvailabilitySchedule,
    Session,
)
from appointments.policies import can_see_any
from core.errors import DomainError
from core.lookups import ShownLookups
from core.reasons import ReasonForm, reason_of


class ReadOnlyAdmin(ShownLookups, admin.ModelAdmin):
    """Rows that only operations write, shown to those who may cancel any appointment."""

    def has_module_permission(self, request):
        return can_see_any(request.user)

    def has_view_permission(self, request, obj=None):
        return can_see_any(request.user)

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(AvailabilitySchedule)
class AvailabilityScheduleAdmin(ReadOnlyAdmin):
    list_display = ["host", "name", "zone"]
    search_fields = ["host__email", "host__family_name"]
    list_select_related = ["host"]


@admin.register(AvailabilityRule)
class AvailabilityRuleAdmin(ReadOnlyAdmin):
    list_display = ["schedule", "weekday", "start_time", "end_time", "start_date", "end_date"]
    list_filter = ["weekday"]
    list_select_related = ["schedule"]


@admin.register(AvailabilityOverride)
class AvailabilityOverrideAdmin(ReadOnlyAdmin):
    list_display = ["schedule", "kind", "start_date", "end_date", "start_time", "end_time", "note"]
    list_filter = ["kind"]
    list_select_related = ["schedule"]


@admin.register(AppointmentType)
class AppointmentTypeAdmin(ReadOnlyAdmin):
    list_display = ["title", "host", "duration_minutes", "seats", "status"]
    list_filter = ["status", "modality"]
    search_fields = ["title", "host__email", "host__family_name"]
    list_select_related = ["host"]


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ["type", "host", "starts_at", "ends_at", "seats", "status"]
    list_filter = ["status"]
    date_hierarchy = None
    search_fields = ["host__email", "type__title"]
    list_select_related = ["type", "host"]


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyAdmin):
    list_display = ["session", "student", "status", "booked_at", "ical_sequence"]
    list_filter = ["status"]
    search_fields = ["student__email", "session__host__email"]
    list_select_related = ["session", "student"]
    action_form = ReasonForm
    actions = ["cancel_appointments"]
    # What it is about is for its parties.
    exclude = ["topic"]

    @admin.action(description=_("Cancel the chosen appointments"))
    def cancel_appointments(self, request, queryset):
        for appointment in queryset.select_related("session__host", "student"):
            try:
                operations.cancel(appointment, by=request.user, reason=reason_of(request))
            except DomainError as exc:
                self.message_user(request, f"{appointment}: {exc}", messages.ERROR)
            else:
                self.message_user(request, _("%(appointment)s is cancelled.") % {"appointment": appointment})


@admin.register(AppointmentEvent)
class AppointmentEventAdmin(ReadOnlyAdmin):
    list_display = ["appointment", "kind", "actor", "impersonator", "starts_at", "at"]
    list_filter = ["kind"]
    list_select_related = ["appointment", "actor", "impersonator"]
