"""What can stand between a person and an appointment."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed


class MayNotBook(NotAllowed):
    code = "may_not_book"
    message = _("You may not book this appointment.")


class MayNotHost(NotAllowed):
    code = "may_not_host"
    message = _("You may not change these office hours.")


class MayNotMove(NotAllowed):
    code = "may_not_move"
    message = _("You may not move this appointment.")


class MayNotRestore(NotAllowed):
    code = "may_not_restore"
    message = _("Only the host and the course office let a cancelled appointment stand again.")


class NotCancelled(Conflict):
    code = "appointment_not_cancelled"
    message = _("This appointment is not cancelled.")


class MayNotCancel(NotAllowed):
    code = "may_not_cancel"
    message = _("You may not cancel this appointment.")


class MayNotAnswer(NotAllowed):
    code = "may_not_answer"
    message = _("Only the host answers a request for an appointment.")


class NotPending(Conflict):
    code = "appointment_not_pending"
    message = _("This request is answered already, or was not answered in time.")


class NotConfirmedYet(Conflict):
    code = "appointment_not_confirmed"
    message = _("The host has not answered yet. Cancel the request and ask for another time.")


class HostConfirms(Conflict):
    code = "host_confirms"
    message = _("The host agrees to each time. Cancel the appointment and ask for another one.")


class TypeNotOffered(Conflict):
    code = "not_offered"
    message = _("This appointment is not offered any more.")


class TimeNotOffered(Conflict):
    code = "not_offered"
    message = _("The host does not offer this time.")
    field = "starts_at"


class HostInactive(Conflict):
    code = "host_inactive"
    message = _("The host does not take appointments at present.")


class NotEligible(Conflict):
    code = "not_eligible"
    message = _("This appointment is for students of certain classes only.")


class OpenLimitReached(Conflict):
    code = "limit_open"
    message = _(
        "Bookings with this host that are still to come: %(count)s; the most at one time is %(limit)s."
        " Move or cancel one of them."
    )


class TotalLimitReached(Conflict):
    code = "limit_total"
    message = _("This was booked %(count)s times this term already; the most is %(limit)s.")


class ClosedDay(Conflict):
    code = "closed_day"
    message = _("The university is closed on this day: %(closure)s.")
    field = "starts_at"


class TooSoon(Conflict):
    code = "too_soon"
    message = _("This time must be booked at least %(minutes)s minutes ahead.")
    field = "starts_at"


class AlreadyStarted(Conflict):
    code = "in_the_past"
    message = _("This time has begun already.")
    field = "starts_at"


class TooFar(Conflict):
    code = "too_far"
    message = _("This time cannot be booked yet, or not any more.")
    field = "starts_at"


class SlotTaken(Conflict):
    code = "slot_taken"
    message = _("This time is taken. Choose another one.")
    field = "starts_at"


class SessionFull(Conflict):
    code = "session_full"
    message = _("All %(seats)s seats at this time are taken. Choose another time.")
    field = "starts_at"


class AlreadyBooked(Conflict):
    code = "already_booked"
    message = _("This time is booked already.")
    field = "starts_at"


class StudentBusy(Conflict):
    code = "student_busy"
    message = _("This time is taken by another appointment or by a class that you teach.")
    field = "starts_at"


class ClassConflict(Conflict):
    code = "class_conflict"
    message = _("You have a class at this time: %(title)s.")
    field = "starts_at"


class StudentInClass(ClassConflict):
    message = _("The student has a class at this time.")


class NotStanding(Conflict):
    code = "appointment_not_standing"
    message = _("This appointment is cancelled or over.")


class SameTime(Conflict):
    code = "same_time"
    message = _("The appointment is at this time already.")
    field = "starts_at"


class TooLateToMove(Conflict):
    code = "too_late_to_move"
    message = _("This appointment can be moved until %(minutes)s minutes before it starts.")


class TooLateToCancel(Conflict):
    code = "too_late_to_cancel"
    message = _("This appointment can be cancelled until %(minutes)s minutes before it starts.")


class ReasonNeeded(Conflict):
    code = "reason_needed"
    message = _("Give a reason; it is sent to the other side.")
    field = "reason"


class WindowsOverlap(Conflict):
    code = "windows_overlap"
    message = _("Two windows of one weekday overlap.")
