"""What can be wrong with holds, windows, reserved seats, permissions and requests for them."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed


class MayNotOverride(NotAllowed):
    code = "may_not_override"
    message = _("You may not let a student pass a rule.")


class MayNotHold(NotAllowed):
    code = "may_not_hold"
    message = _("You may not place or lift holds.")


class HoldReleased(Conflict):
    code = "hold_released"
    message = _("This hold is lifted already.")


class MayNotSetRules(NotAllowed):
    code = "may_not_set_rules"
    message = _("You may not set the rules of registration.")


class WindowInCircle(Conflict):
    code = "window_in_circle"
    message = _("Name a window of the same term that does not lead back to this one.")
    field = "fallback"


class WindowInUse(Conflict):
    code = "window_in_use"
    message = _("Another window falls back on this one.")


class ReservedTooMany(Conflict):
    code = "reserved_too_many"
    message = _("%(total)s reserved seats are more than the %(capacity)s there are.")
    field = "seats"


class MayNotApprove(NotAllowed):
    code = "may_not_approve"
    message = _("You may not approve who gets a seat here.")


class ApprovalNotNeeded(Conflict):
    code = "approval_not_needed"
    message = _("No approval is needed here: enroll.")
    field = "section"


class ApprovalOver(Conflict):
    code = "approval_over"
    message = _("This request is over already: %(status)s.")


class OverrideExists(Conflict):
    code = "override_exists"
    message = _("The student has this permission already.")
    field = "kind"


class OverrideUsed(Conflict):
    code = "override_used"
    message = _("This permission has been used already.")


class MayNotAnswer(NotAllowed):
    code = "may_not_answer_request"
    message = _("You may not answer this request.")


class RequestOpen(Conflict):
    code = "request_open"
    message = _("You have asked for this already; the answer comes by mail.")
    field = "kind"


class RequestNotNeeded(Conflict):
    code = "request_not_needed"
    message = _("No rule of this kind stands between you and this section.")
    field = "kind"


class RequestClosed(Conflict):
    code = "request_closed"
    message = _("This request is over already: %(state)s.")
