"""Refusals about data requests."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed


class MayNotAsk(NotAllowed):
    code = "may_not_ask_for_data"
    message = _("A copy of the data is asked for by the person alone.")


class StartedByOffice(NotAllowed):
    code = "started_by_office"
    message = _("The course office asked for this and ends it. Write to them when you do not want it.")


class MayNotDecide(NotAllowed):
    code = "may_not_decide_data_request"
    message = _("Only the course office decides about erasures, and nobody about the own account.")


class SecondPersonNeeded(Conflict):
    code = "second_person_needed"
    message = _("You approved this already. Somebody else of the course office approves it too.")


class AlreadyAsked(Conflict):
    code = "data_request_open"
    message = _("There is an open request of this kind already.")


class RequestClosed(Conflict):
    code = "data_request_closed"
    message = _("This request is not open any more.")


class NotReady(Conflict):
    code = "copy_not_ready"
    message = _("This copy cannot be fetched: it was fetched before, its time is over, or it is not ready yet.")


class StillTeaches(Conflict):
    code = "still_teaches"
    message = _("An instructor of a class that is not over cannot be erased: %(classes)s.")


class LastOfOffice(Conflict):
    code = "last_administrator"
    message = _("The last administrator cannot be erased. Give the role to somebody else first.")


class ErasedAlready(Conflict):
    code = "erased_already"
    message = _("This account is erased already.")


class DecisionReasonMissing(Conflict):
    code = "reason_missing"
    message = _("Give a reason.")
    field = "reason"
