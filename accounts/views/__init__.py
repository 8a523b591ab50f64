"""Pages about people and their accounts."""

from accounts.views.impersonation import impersonation_end, impersonation_start
from accounts.views.invitations import (
    invitation,
    invitation_create,
    invitation_list,
    invitation_resend,
    invitation_revoke,
)
from accounts.views.own import (
    SessionList,
    authenticate,
    password_set,
    photo,
    profile,
    session_end,
    sign_out_everywhere,
    token_list,
    token_revoke,
)

__all__ = [
    "SessionList",
    "authenticate",
    "impersonation_end",
    "impersonation_start",
    "invitation",
    "invitation_create",
    "invitation_list",
    "invitation_resend",
    "invitation_revoke",
    "password_set",
    "photo",
    "profile",
    "session_end",
    "sign_out_everywhere",
    "token_list",
    "token_revoke",
]
