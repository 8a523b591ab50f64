"""Refusals about accounts."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed


class PhotoRefused(Conflict):
    code = "photo_refused"
    message = _("This is not a photo that can be read: use JPEG, PNG or WebP of at most 5 MB.")
    field = "photo_file"


class MayNotGrantRole(NotAllowed):
    code = "may_not_grant_role"
    message = _("This role is not yours to give or to take, and nobody gives or takes one of oneself.")


class AccountErased(Conflict):
    code = "account_erased"
    message = _("This account is erased and cannot be opened again.")


class KeyReused(Conflict):
    code = "idempotency_key_reused"
    message = _("This Idempotency-Key was used for another request.")


class SecondFactorMissing(NotAllowed):
    code = "second_factor_required"
    message = _("Your role needs a second factor. Set one up in the browser first.")


class ScopeMissing(NotAllowed):
    code = "scope_missing"
    message = _("This token does not have the scope for this.")


class ScopeNotYours(NotAllowed):
    code = "scope_not_yours"
    message = _("You cannot give a token this scope.")
    field = "scopes"


class MayNotInvite(NotAllowed):
    code = "may_not_invite"
    message = _("You cannot invite anybody to this role.")
    field = "role"


class AlreadyInvited(Conflict):
    code = "already_invited"
    message = _("This address is invited to this role already. Send that invitation once more, or take it back.")
    field = "email"


class InvitationOver(Conflict):
    code = "invitation_over"
    message = _("This invitation is not good any more. Ask whoever invited you for a new one.")


class InvitedAnother(NotAllowed):
    code = "invited_another"
    message = _("This invitation is for another address than yours. Sign out and follow the link once more.")


class HasAccount(Conflict):
    code = "has_account"
    message = _("There is an account with this address already. Sign in first, then accept.")


class MayNotAssignAdvisor(NotAllowed):
    code = "may_not_assign_advisor"
    message = _("The course office says who advises a student, and nobody says it of oneself.")


class NotAnAdvisor(Conflict):
    code = "not_an_advisor"
    message = _("%(person)s does not have the role “advisor”. An administrator gives it.")
    field = "advisor"


class AdvisesAlready(Conflict):
    code = "advises_already"
    message = _("%(person)s advises this student at that time already.")
    field = "advisor"


class AssignmentOver(Conflict):
    code = "assignment_over"
    message = _("%(person)s does not advise this student any more.")


class BuiltInRole(Conflict):
    code = "built_in_role"
    message = _("“%(role)s” is built in: its name and its permissions are fixed. Assemble another role instead.")


class RoleNameTaken(Conflict):
    code = "role_name_taken"
    message = _("There is a role of this name already.")
    field = "name"


class RoleOfOneself(NotAllowed):
    code = "role_of_oneself"
    message = _("You hold this role yourself: another administrator changes it.")


class NotANamedPermission(Conflict):
    code = "not_a_named_permission"
    message = _("A role is assembled from the permissions that are listed, at least one.")
    field = "may"


class LastAdministrator(Conflict):
    code = "last_administrator"
    message = _("This is the last administrator whose account is open. Make another one first.")


class MayNotImpersonate(NotAllowed):
    code = "may_not_impersonate"
    message = _("Only an administrator works in somebody's name, and never in that of another or of a closed account.")


class ImpersonationForbids(NotAllowed):
    code = "impersonation_forbids"
    message = _("Not while you work in somebody's name. End that first.")


class ImpersonationOver(NotAllowed):
    code = "impersonation_over"
    message = _("You do not work in anybody's name any more. What you sent last was not done.")


class FreshSignInNeeded(NotAllowed):
    code = "fresh_sign_in_required"
    message = _("Show in the browser once more that it is you, or use a token that may do this.")


class LinkUsed(Conflict):
    code = "link_used"
    message = _("This link was used already. Ask for a new one.")
