"""Learners' records in the admin: states are read only, deeds are actions."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import RecordAccess
from accounts.operations import note_access
from core.errors import DomainError
from core.history import route_of
from core.reasons import ReasonForm, reason_of
from students import operations
from students.models import (
    Enrollment,
    EnrollmentEvent,
    FinalGrade,
    FinalGradeChange,
    GradeChange,
    GradeEntry,
    GradeItem,
    Guardianship,
    Hold,
    Override,
    OverrideRequest,
    Program,
    RegistrationWindow,
    Restriction,
    SeatReservation,
    StudentProfile,
    WaitlistEntry,
    WaitlistEvent,
)
from students.policies import can_edit_profile


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only deeds write."""

    seen_by = "students.view_any_record"
    action_form = ReasonForm
    show_full_result_count = False

    def has_module_permission(self, request: Any) -> bool:
        return request.user.has_perm(self.seen_by)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return request.user.has_perm(self.seen_by)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        # Whoever may ask for rows by a field can guess what stands in it: only what the list shows may be asked for.
        return lookup.split("__")[0] in self.list_display and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def each(self, request: Any, queryset: Any, deed: Any) -> None:
        """Run the deed on each row by itself and say which were refused."""
        done = 0
        for row in queryset:
            try:
                deed(row)
            except DomainError as exc:
                self.message_user(request, f"{row}: {exc}", messages.ERROR)
            else:
                done += 1
        if done:
            self.message_user(request, _("Done: %(n)s.") % {"n": done}, messages.SUCCESS)


class LookedAtAdmin(ReadOnlyAdmin):
    """Rows about students: to list or to open them is a look at the record, which is noted for each who is shown."""

    about: str
    look = listed = RecordAccess.What.GRADES

    def get_changelist_instance(self, request: Any) -> Any:
        found = super().get_changelist_instance(request)
        self._note(request, [row.pk for row in found.result_list], self.listed)
        return found

    def render_change_form(self, request: Any, context: Any, *args: Any, obj: Any = None, **kwargs: Any) -> Any:
        if obj is not None:
            self._note(request, [obj.pk], self.look)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def _note(self, request: Any, keys: list[int], what: str) -> None:
        people = self.model._base_manager.filter(pk__in=keys).values_list(self.about, flat=True)
        note_access(set(people), what, by=request.user, route=route_of(request))


class EventInline(admin.TabularInline):
    model = EnrollmentEvent
    fields = readonly_fields = ["at", "from_status", "to_status", "actor", "reason"]
    extra = 0
    can_delete = False

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return request.user.has_perm("students.view_any_record")

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class WaitlistEventInline(EventInline):
    model = WaitlistEvent
    fields = readonly_fields = ["at", "kind", "actor", "reason"]


@admin.register(Enrollment)
class EnrollmentAdmin(ReadOnlyAdmin):
    list_display = ["student", "section", "status", "source", "status_at"]
    list_filter = ["status", "source"]
    list_select_related = ["student__user", "section__course__subject"]
    search_fields = ["student__institutional_id", "student__user__email", "section__crn"]
    inlines = [EventInline]
    actions = ["drop", "withdraw", "approve", "decline"]

    def has_drop_permission(self, request: Any) -> bool:
        return request.user.has_perm("students.drop_any_student")

    def has_approve_permission(self, request: Any) -> bool:
        return request.user.has_perm("students.grant_override")

    @admin.action(description=_("Approve"), permissions=["approve"])
    def approve(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("student__user", "section__cross_list_group")
        self.each(request, rows, lambda row: operations.approve(row, by=request.user, reason=reason_of(request)))

    @admin.action(description=_("Decline the request for a seat"), permissions=["approve"])
    def decline(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("student__user", "section__cross_list_group")
        self.each(
            request, rows, lambda row: operations.decline_approval(row, by=request.user, reason=reason_of(request))
        )

    @admin.action(description=_("Drop"), permissions=["drop"])
    def drop(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("student__user", "section__cross_list_group")
        self.each(request, rows, lambda row: operations.drop(row, by=request.user, reason=reason_of(request)))

    @admin.action(description=_("Withdraw"), permissions=["drop"])
    def withdraw(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("student__user", "section__cross_list_group")
        self.each(request, rows, lambda row: operations.withdraw(row, by=request.user, reason=reason_of(request)))


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(ReadOnlyAdmin):
    list_display = ["section", "seq", "student", "status", "joined_at", "offer_expires_at", "last_skip_reason"]
    list_filter = ["status"]
    list_select_related = ["student__user", "section__course__subject"]
    search_fields = ["student__institutional_id", "student__user__email", "section__crn"]
    inlines = [WaitlistEventInline]
    actions = ["remove", "promote_by_hand"]

    def has_manage_permission(self, request: Any) -> bool:
        return request.user.has_perm("students.manage_waitlist")

    @admin.action(description=_("Remove from the line"), permissions=["manage"])
    def remove(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("student__user", "section")
        self.each(request, rows, lambda row: operations.leave_waitlist(row, by=request.user, reason=reason_of(request)))

    @admin.action(description=_("Promote by hand"), permissions=["manage"])
    def promote_by_hand(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("student__user", "section__cross_list_group")
        self.each(request, rows, lambda row: operations.promote_entry(row, by=request.user, reason=reason_of(request)))


@admin.register(Override)
class OverrideAdmin(ReadOnlyAdmin):
    list_display = ["student", "section", "kind", "granted_by", "granted_at", "expires_at", "used_at"]
    list_filter = ["kind"]
    list_select_related = ["student__user", "section__course__subject", "granted_by"]
    actions = ["revoke"]

    def has_revoke_permission(self, request: Any) -> bool:
        return request.user.has_perm("students.grant_override")

    @admin.action(description=_("End now"), permissions=["revoke"])
    def revoke(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("student__user", "section")
        self.each(request, rows, lambda row: operations.revoke_override(row, by=request.user))


@admin.register(OverrideRequest)
class OverrideRequestAdmin(ReadOnlyAdmin):
    list_display = ["student", "section", "kind", "state", "asked_at", "decided_by", "reason"]
    list_filter = ["state", "kind"]
    list_select_related = ["student__user", "section__course__subject", "decided_by"]
    actions = ["grant", "decline"]

    def has_answer_permission(self, request: Any) -> bool:
        return request.user.has_perm("students.grant_override")

    @admin.action(description=_("Grant"), permissions=["answer"])
    def grant(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("student__user", "section")
        self.each(request, rows, lambda row: operations.grant_request(row, by=request.user, reason=reason_of(request)))

    @admin.action(description=_("Decline"), permissions=["answer"])
    def decline(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("student__user", "section")
        self.each(
            request, rows, lambda row: operations.decline_request(row, by=request.user, reason=reason_of(request))
        )


@admin.register(Hold)
class HoldAdmin(LookedAtAdmin):
    about = "student__user_id"
    look = listed = RecordAccess.What.RECORD
    list_display = ["student", "cause", "office", "placed_by", "placed_at", "released_at"]
    list_filter = ["cause"]
    list_select_related = ["student__user", "placed_by"]
    search_fields = ["student__institutional_id", "student__user__email"]
    actions = ["release"]

    def has_release_permission(self, request: Any) -> bool:
        return request.user.has_perm("students.place_hold")

    @admin.action(description=_("Lift"), permissions=["release"])
    def release(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("student__user")
        self.each(request, rows, lambda row: operations.release_hold(row, by=request.user, reason=reason_of(request)))


@admin.register(Guardianship)
class GuardianshipAdmin(ReadOnlyAdmin):
    """Named on the page of the student, where its form is; ended here too."""

    list_display = ["student", "email", "guardian", "relation", "created_by", "valid_to", "ended_at"]
    list_select_related = ["student__user", "guardian", "created_by"]
    search_fields = ["email", "student__institutional_id", "student__user__email"]
    actions = ["end"]

    def has_end_permission(self, request: Any) -> bool:
        return request.user.has_perm("students.link_guardians")

    @admin.action(description=_("End"), permissions=["end"])
    def end(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("student__user")
        reason = reason_of(request)
        self.each(request, rows, lambda row: operations.end_guardianship(row, by=request.user, reason=reason))


class RuleAdmin(ReadOnlyAdmin):
    """What the office sets for registration; the pages have the forms."""

    def has_edit_permission(self, request: Any) -> bool:
        return request.user.has_perm("students.edit_registration")


@admin.register(RegistrationWindow)
class RegistrationWindowAdmin(RuleAdmin):
    list_display = ["name", "term", "level", "standing", "program", "priority", "opens_at", "closes_at"]
    list_filter = ["level", "standing"]
    list_select_related = ["term", "program"]
    actions = ["remove"]

    @admin.action(description=_("Remove"), permissions=["edit"])
    def remove(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("term")
        self.each(request, rows, lambda row: operations.remove_window(row, by=request.user))


@admin.register(Restriction)
class RestrictionAdmin(RuleAdmin):
    list_display = ["course", "section", "level", "standing", "program"]
    list_filter = ["level", "standing"]
    list_select_related = ["course__subject", "section__course__subject", "program"]
    actions = ["lift"]

    @admin.action(description=_("Lift"), permissions=["edit"])
    def lift(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("course", "section")
        self.each(request, rows, lambda row: operations.lift_restriction(row, by=request.user))


@admin.register(SeatReservation)
class SeatReservationAdmin(RuleAdmin):
    list_display = ["section", "seats", "level", "standing", "program", "releases_at", "priority"]
    list_filter = ["level", "standing"]
    list_select_related = ["section__course__subject", "program"]
    actions = ["release"]

    @admin.action(description=_("Release now"), permissions=["edit"])
    def release(self, request: Any, queryset: Any) -> None:
        rows = queryset.select_related("section")
        self.each(request, rows, lambda row: operations.release_seats(row, by=request.user))


@admin.register(StudentProfile)
class StudentProfileAdmin(LookedAtAdmin):
    about = "user_id"
    look, listed = RecordAccess.What.RECORD, RecordAccess.What.DIRECTORY
    list_display = ["institutional_id", "user", "program", "level", "standing", "directory_hold"]
    list_filter = ["level", "standing", "directory_hold"]
    list_select_related = ["user", "program"]
    search_fields = ["institutional_id", "user__email", "user__family_name"]
    readonly_fields = ["user"]

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return can_edit_profile(request.user, obj)

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        operations.change_profile(obj, by=request.user, **changed)


@admin.register(Program)
class ProgramAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "credits_required"]

    def has_add_permission(self, request: Any) -> bool:
        return request.user.has_perm("students.edit_any_profile")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return request.user.has_perm("students.edit_any_profile")


@admin.register(EnrollmentEvent)
class EnrollmentEventAdmin(ReadOnlyAdmin):
    list_display = ["enrollment", "from_status", "to_status", "actor", "impersonator", "at", "reason"]
    list_select_related = ["enrollment", "actor", "impersonator"]


@admin.register(WaitlistEvent)
class WaitlistEventAdmin(ReadOnlyAdmin):
    list_display = ["entry", "kind", "actor", "impersonator", "at", "reason"]
    list_select_related = ["entry", "actor", "impersonator"]


class PostedAdmin(LookedAtAdmin):
    """Grades that students see: drafts are the business of those who teach the section alone."""

    posted = "posted_at__isnull"

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).filter(**{self.posted: False})


@admin.register(GradeItem)
class GradeItemAdmin(ReadOnlyAdmin):
    list_display = ["title", "section", "weight", "points", "due_at", "posted_at"]
    list_select_related = ["section__course__subject"]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).filter(posted_at__isnull=False)


@admin.register(GradeEntry)
class GradeEntryAdmin(PostedAdmin):
    about = "enrollment__student__user_id"
    posted = "item__posted_at__isnull"
    list_display = ["item", "enrollment", "score", "is_exempt", "updated_at"]
    list_select_related = ["item", "enrollment"]


@admin.register(GradeChange)
class GradeChangeAdmin(PostedAdmin):
    about = "entry__enrollment__student__user_id"
    posted = "entry__item__posted_at__isnull"
    list_display = ["entry", "old_score", "new_score", "new_exempt", "actor", "at", "reason"]
    list_select_related = ["entry", "actor"]

    def get_queryset(self, request: Any) -> Any:
        # What a score was before its item was posted is still a draft.
        return super().get_queryset(request).filter(at__gte=F("entry__item__posted_at"))


@admin.register(FinalGrade)
class FinalGradeAdmin(PostedAdmin):
    about = "enrollment__student__user_id"
    # What is to follow a posted "I" is a draft, and who entered it when would tell that there is one.
    fields = list_display = ["enrollment", "grade", "posted_at"]
    list_select_related = ["enrollment"]


@admin.register(FinalGradeChange)
class FinalGradeChangeAdmin(LookedAtAdmin):
    about = "final_grade__enrollment__student__user_id"
    list_display = ["final_grade", "old_grade", "new_grade", "actor", "at", "reason"]
    list_select_related = ["final_grade", "actor"]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).filter(is_posting=True)
