"""Deeds about accounts, their tokens and photos."""

from accounts.operations.accesses import note_access
from accounts.operations.assignments import assign_advisor, end_advising_of, end_assignment
from accounts.operations.federation import confirmed_by_provider, welcome_federated
from accounts.operations.impersonation import end_impersonation, start_impersonation, why_over
from accounts.operations.invitations import (
    accept_as_newcomer,
    accept_invitation,
    invitation_key,
    invite,
    invited,
    opened,
    resend_invitation,
    revoke_invitation,
)
from accounts.operations.people import (
    change_profile,
    create_person,
    deactivate,
    deactivated,
    reactivate,
)
from accounts.operations.photos import PHOTO_BYTES, remove_photo, set_photo
from accounts.operations.repeats import done_once
from accounts.operations.roles import change_role, grant_role, make_role, remove_assembled_role, remove_role
from accounts.operations.sessions import end_session, reset_factors, sign_out_everywhere
from accounts.operations.tokens import (
    PERSONAL_PREFIX,
    disable_feed,
    end_sign_ins,
    end_tokens,
    feed_owner,
    hashed,
    live_feed,
    live_token,
    mint_token,
    revoke_token,
    rotate_feed,
)

__all__ = [
    "PERSONAL_PREFIX",
    "PHOTO_BYTES",
    "accept_as_newcomer",
    "accept_invitation",
    "assign_advisor",
    "change_profile",
    "change_role",
    "confirmed_by_provider",
    "create_person",
    "deactivate",
    "deactivated",
    "disable_feed",
    "done_once",
    "end_advising_of",
    "end_assignment",
    "end_impersonation",
    "end_session",
    "end_sign_ins",
    "end_tokens",
    "feed_owner",
    "grant_role",
    "hashed",
    "invitation_key",
    "invite",
    "invited",
    "live_feed",
    "live_token",
    "make_role",
    "mint_token",
    "note_access",
    "opened",
    "reactivate",
    "remove_assembled_role",
    "remove_photo",
    "remove_role",
    "resend_invitation",
    "reset_factors",
    "revoke_invitation",
    "revoke_token",
    "rotate_feed",
    "set_photo",
    "sign_out_everywhere",
    "start_impersonation",
    "welcome_federated",
    "why_over",
]
