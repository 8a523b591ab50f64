"""What can be wrong with keys, with seats that are kept for an address, and with those that wait for payment."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed


class KeyNeeded(Conflict):
    """Whoever enrolls here shows something first; `ways` says what: key, invitation, domain."""

    code = "key_needed"
    message = _("This class asks for its key.")


class WrongKey(Conflict):
    code = "wrong_key"
    message = _("This is not the key of the class.")
    field = "key"


class KeyTriedTooOften(Conflict):
    code = "key_tried_too_often"
    message = _("Too many keys were tried. Try again in %(minutes)s minutes.")
    field = "key"


class SeatKept(Conflict):
    code = "seat_kept"
    message = _("A seat is kept for this address already.")
    field = "email"


class HasAccount(Conflict):
    code = "has_account"
    message = _("This address belongs to an account. Enroll the student instead.")
    field = "email"


class EndsInThePast(Conflict):
    code = "ends_in_the_past"
    message = _("Keep the seat until an instant that is still to come.")
    field = "expires_at"


class NotKept(Conflict):
    code = "not_kept"
    message = _("This seat is not kept any more.")


class NotUnpaid(Conflict):
    code = "not_unpaid"
    message = _("This enrollment does not wait for a payment.")


class MayNotSettle(NotAllowed):
    code = "may_not_settle"
    message = _("Only the office says what is to be paid and what is paid, and nobody of the own seat.")


class DueInThePast(Conflict):
    code = "due_in_the_past"
    message = _("A seat is held until an instant that is still to come.")
    field = "until"
