"""People in the admin: facts can be edited, roles are given by actions, nobody is deleted."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import secure_admin_login
from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.admin import UserSession
from django.conf import settings
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import operations
from accounts.models import User
from core.errors import DomainError

# The admin has no password door of its own: it sends to the sign-in page, with its limits and its confirmed addresses.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Factors and sessions hold secrets: no page of the admin shows them. Imported from the modules that register them.
admin.site.unregister([Authenticator, UserSession, SocialAccount, SocialApp, SocialToken])
admin.site.site_header = _("Course office")


def _role_action(verb: str, role: str, deed: Any, words: Any) -> Any:
    @admin.action(description=words % {"role": role}, permissions=["grant"])
    def act(modeladmin: Any, request: Any, queryset: Any) -> None:
        _each(modeladmin, request, queryset, lambda user: deed(user, role, by=request.user))

    act.__name__ = f"{verb}_{role}"
    return act


def _each(modeladmin: Any, request: Any, queryset: Any, deed: Any) -> None:
    """Do the deed for each person by itself and say of each who was refused why."""
    done = 0
    for user in queryset.order_by("pk"):
        try:
            deed(user)
        except DomainError as exc:
            modeladmin.message_user(request, f"{user}: {exc}", messages.ERROR)
        else:
            done += 1
    if done:
        modeladmin.message_user(request, ngettext("%d person changed.", "%d people changed.", done) % done)


ROLE_ACTIONS = [
    *(_role_action("give", role, operations.grant_role, _("Give the role “%(role)s”")) for role in settings.ROLES),
    *(_role_action("take", role, operations.remove_role, _("Take the role “%(role)s”")) for role in settings.ROLES),
]

SECRET = {"password", "token_epoch", "last_login"}


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "given_name", "family_name", "is_active", "joined_at"]
    list_filter = ["groups", "is_active"]
    search_fields = ["email", "given_name", "family_name"]
    fields = [
        "email", "given_name", "middle_name", "family_name", "preferred_name", "pronouns", "locale", "time_zone",
        "is_active", "groups", "joined_at",
    ]  # fmt: skip
    readonly_fields = ["email", "is_active", "groups", "joined_at"]
    ordering = ["pk"]
    show_full_result_count = False
    actions = [*ROLE_ACTIONS, "deactivate", "reactivate", "end_sign_ins", "reset_factors"]

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        # A filter typed into the address would answer, letter by letter, what a hash begins with.
        return lookup.split("__")[0] not in SECRET and super().lookup_allowed(lookup, value, request)

    def has_module_permission(self, request: Any) -> bool:
        return request.user.has_perm("accounts.view_directory")

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.view_directory")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.manage_people")

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_grant_permission(self, request: Any) -> bool:
        return request.user.has_perm("accounts.grant_roles")

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        operations.change_profile(obj, by=request.user, **{name: form.cleaned_data[name] for name in form.changed_data})

    @admin.action(description=_("Close the accounts"), permissions=["change"])
    def deactivate(self, request: Any, queryset: Any) -> None:
        _each(self, request, queryset, lambda user: operations.deactivate(user, by=request.user))

    @admin.action(description=_("Open the accounts again"), permissions=["change"])
    def reactivate(self, request: Any, queryset: Any) -> None:
        _each(self, request, queryset, lambda user: operations.reactivate(user, by=request.user))

    @admin.action(description=_("End all sign-ins"), permissions=["view"])
    def end_sign_ins(self, request: Any, queryset: Any) -> None:
        _each(self, request, queryset, lambda user: operations.sign_out_everywhere(user, by=request.user))

    @admin.action(description=_("Remove the second factors, and end all sign-ins"), permissions=["view"])
    def reset_factors(self, request: Any, queryset: Any) -> None:
        _each(self, request, queryset, lambda user: _reset_and_tell(request, user))


def _reset_and_tell(request: Any, user: User) -> None:
    operations.reset_factors(user, by=request.user)
    get_adapter(request).send_notification_mail("mfa/email/factors_reset", user)
