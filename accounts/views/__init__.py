"""Pages about people and their accounts."""

from accounts.views.own import (
    SessionList,
    photo,
    profile,
    session_end,
    sign_out_everywhere,
    token_list,
    token_revoke,
)

__all__ = [
    "SessionList",
    "photo",
    "profile",
    "session_end",
    "sign_out_everywhere",
    "token_list",
    "token_revoke",
]
