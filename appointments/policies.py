"""Who may offer, book, move and cancel."""

from typing import Any

from appointments.models import Appointment, AppointmentType
from courses.policies import assists_now
from scheduling.policies import can_see_week_of

ANY = "appointments.cancel_any_appointment"


def can_host(user: Any, host: Any) -> bool:
    """May `user` edit the office hours of `host`: one's own only, by role or while one assists in a class."""
    if user.pk != host.pk or not user.is_authenticated:
        return False
    return user.has_perm("appointments.host_appointments") or assists_now(user)


def can_book(user: Any, type: AppointmentType, student: Any) -> bool:
    """A student books for oneself; a host books for a student."""
    if student.pk == type.host_id or not student.has_perm("appointments.book_appointments"):
        return False
    return user.pk in (student.pk, type.host_id)


def can_see_any(user: Any) -> bool:
    return user.has_perm(ANY)


def can_see(user: Any, appointment: Appointment) -> bool:
    return is_party(user, appointment) or can_see_any(user)


def can_see_students_week(user: Any, student: Any) -> bool:
    """A student's own week; of others classes and when they are busy: those who look after weeks, and an advisor."""
    return can_see_week_of(user, student.user)


def is_party(user: Any, appointment: Appointment) -> bool:
    return user.pk in (appointment.student_id, appointment.session.host_id)


def can_answer(user: Any, appointment: Appointment) -> bool:
    """May `user` approve or decline this request? Its host alone."""
    return bool(user.pk == appointment.session.host_id and can_host(user, user))


def can_move(user: Any, appointment: Appointment) -> bool:
    return can_see(user, appointment)


def can_restore(user: Any, appointment: Appointment) -> bool:
    """May `user` let a cancelled appointment stand again? Its host and the office; a student books anew."""
    if user.pk == appointment.student_id:
        return False
    return user.pk == appointment.session.host_id or can_see_any(user)


def can_cancel(user: Any, appointment: Appointment) -> bool:
    return can_see(user, appointment)
