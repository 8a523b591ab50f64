"""Accounts in the admin: people, roles, and what the office did. No page is about factors, sessions or secrets."""

from allauth.account.admin import EmailAddress
from allauth.account.decorators import secure_admin_login
from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.admin import UserSession
from django.contrib import admin
from django.contrib.auth.admin import Group
from django.utils.translation import gettext_lazy as _

from accounts.admin.assignments import RoleAssignmentAdmin
from accounts.admin.invitations import InvitationAdmin
from accounts.admin.office import AccountEventAdmin, ImpersonationAdmin
from accounts.admin.people import UserAdmin
from accounts.admin.roles import RoleAdmin

__all__ = [
    "AccountEventAdmin", "ImpersonationAdmin", "InvitationAdmin", "RoleAdmin", "RoleAssignmentAdmin", "UserAdmin",
]  # fmt: skip

# The admin has no password door of its own: it sends to the sign-in page, with its limits and its confirmed addresses.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Factors, sessions and keys of providers are secrets, addresses change by a deed of their owner, and roles have a page
# of ours. Imported from the modules that register them.
admin.site.unregister([
    Authenticator, EmailAddress, Group, SocialAccount, SocialApp, SocialToken, UserSession,
])  # fmt: skip
admin.site.site_header = _("Course office")
