"""What can be wrong with a place in line or with an offer."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed


class MayNotManageLine(NotAllowed):
    code = "may_not_manage_line"
    message = _("You may not change this line.")


class MayNotSeeLine(NotAllowed):
    code = "may_not_see_line"
    message = _("The line is for the instructors of this section and for staff.")


class AlreadyWaiting(Conflict):
    code = "already_waiting"
    message = _("You are in line for this section already.")
    field = "section"


class LineFull(Conflict):
    code = "line_full"
    message = _("The line is full: %(waiting)s of %(line_capacity)s places are taken.")
    field = "section"


class LineOff(Conflict):
    code = "line_off"
    message = _("This section has no waitlist.")
    field = "section"


class LineClosed(Conflict):
    code = "line_closed"
    message = _("The waitlist of this section closed on %(when)s.")
    field = "section"


class SeatsFree(Conflict):
    code = "seats_free"
    message = _("Seats are free and nobody waits: enroll instead of joining the line.")
    field = "section"


class NotWaiting(Conflict):
    code = "not_waiting"
    message = _("This place in line is over already.")


class NotOffered(Conflict):
    code = "not_offered"
    message = _("No seat is offered to this place in line.")


class OfferEnded(Conflict):
    code = "offer_ended"
    message = _("The offer had to be answered by %(when)s; the seat has gone to the next in line.")


class SwapSame(Conflict):
    code = "swap_same"
    message = _("Name another class to give up than the one that is asked for.")
    field = "section"


class SwapNotOwn(Conflict):
    code = "swap_not_own"
    message = _("The class to give up belongs to another student.")
    field = "swap"
