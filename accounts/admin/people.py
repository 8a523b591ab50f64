"""People: facts can be edited, roles are given and accounts closed by actions with a reason, nobody is deleted."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import admin, messages
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from accounts import operations
from accounts.admin.deeds import RoleAndReasonForm, each
from accounts.models import Role, User
from accounts.policies import can_edit_profile, can_impersonate

# Of the deeds about an account; all are in the list of their own.
NEWEST = 20
SHOWN = {"email", "given_name", "middle_name", "family_name", "preferred_name", "is_active", "groups", "joined_at"}


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "given_name", "family_name", "is_active", "joined_at"]
    list_filter = ["groups", "is_active"]
    search_fields = ["email", "given_name", "family_name"]
    fields = [
        "email", "given_name", "middle_name", "family_name", "preferred_name", "pronouns", "locale", "time_zone",
        "is_active", "roles", "joined_at", "deeds",
    ]  # fmt: skip
    readonly_fields = ["email", "is_active", "roles", "joined_at", "deeds"]
    ordering = ["pk"]
    show_full_result_count = False
    action_form = RoleAndReasonForm
    actions = ["give_role", "take_role", "deactivate", "reactivate", "end_sign_ins", "reset_factors"]

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        # A filter typed into the address would answer, letter by letter, what a hash begins with.
        return lookup.split("__")[0] in SHOWN and super().lookup_allowed(lookup, value, request)

    def has_module_permission(self, request: Any) -> bool:
        return request.user.has_perm("accounts.view_directory")

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.view_directory")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        # The list asks without a row.
        return request.user.has_perm("accounts.manage_people") if obj is None else can_edit_profile(request.user, obj)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_grant_permission(self, request: Any) -> bool:
        return request.user.has_perm("accounts.grant_roles")

    def has_help_permission(self, request: Any) -> bool:
        user = request.user
        return user.has_perm("accounts.manage_people") or user.has_perm("accounts.manage_student_accounts")

    def changelist_view(self, request: Any, extra_context: Any = None) -> Any:
        page = super().changelist_view(request, extra_context)
        if form := (getattr(page, "context_data", None) or {}).get("action_form"):
            form.offer(request.user)
        return page

    def render_change_form(self, request: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        person = kwargs.get("obj")
        context["may_work_in_name"] = person is not None and can_impersonate(request.user, person)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("roles"))
    def roles(self, person: User) -> str:
        return ", ".join(group.name for group in person.groups.order_by("name")) or str(_("none"))

    @admin.display(description=_("what the office did"))
    def deeds(self, person: User) -> Any:
        told = person.account_events.select_related("actor")[:NEWEST]
        lines = ((_when(event.at), event, event.actor or _("the system"), event.reason) for event in told)
        return format_html_join("", "<div>{}: {}, {}. {}</div>", lines) or _("Nothing yet.")

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        operations.change_profile(obj, by=request.user, **{name: form.cleaned_data[name] for name in form.changed_data})

    def _with_role(self, request: Any, queryset: Any, deed: Callable[..., None]) -> None:
        role = Role.objects.filter(name=request.POST.get("role", "")).first()
        if role is None:
            self.message_user(request, _("Choose the role."), messages.ERROR)
            return
        each(self, request, queryset, lambda user, reason: deed(user, role.name, by=request.user, reason=reason))

    @admin.action(description=_("Give the role"), permissions=["grant"])
    def give_role(self, request: Any, queryset: Any) -> None:
        self._with_role(request, queryset, operations.grant_role)

    @admin.action(description=_("Take the role"), permissions=["grant"])
    def take_role(self, request: Any, queryset: Any) -> None:
        self._with_role(request, queryset, operations.remove_role)

    @admin.action(description=_("Close the accounts"), permissions=["help"])
    def deactivate(self, request: Any, queryset: Any) -> None:
        each(self, request, queryset, lambda user, why: operations.deactivate(user, by=request.user, reason=why))

    @admin.action(description=_("Open the accounts again"), permissions=["help"])
    def reactivate(self, request: Any, queryset: Any) -> None:
        each(self, request, queryset, lambda user, why: operations.reactivate(user, by=request.user, reason=why))

    @admin.action(description=_("End all sign-ins"), permissions=["help"])
    def end_sign_ins(self, request: Any, queryset: Any) -> None:
        each(
            self, request, queryset, lambda user, why: operations.sign_out_everywhere(user, by=request.user, reason=why)
        )

    @admin.action(description=_("Remove the second factors, and end all sign-ins"), permissions=["help"])
    def reset_factors(self, request: Any, queryset: Any) -> None:
        each(self, request, queryset, lambda user, why: _reset_and_tell(request, user, why))


def _reset_and_tell(request: Any, user: User, reason: str) -> None:
    operations.reset_factors(user, by=request.user, reason=reason)
    get_adapter(request).send_notification_mail("mfa/email/factors_reset", user)


def _when(at: Any) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
