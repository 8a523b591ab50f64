"""Refusals about rooms and times."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed


class RoomTaken(Conflict):
    code = "room_taken"
    message = _("%(room)s is taken by %(event)s on %(when)s.")
    field = "room"


class InstructorTaken(Conflict):
    code = "instructor_taken"
    message = _("%(instructor)s is taken by %(event)s on %(when)s.")
    field = "instructors"


class RoomTooSmall(Conflict):
    code = "room_too_small"
    message = _("%(room)s has %(seats)s seats; the class may have %(capacity)s students.")
    field = "room"


class OwnMeetingsOverlap(Conflict):
    code = "own_meetings_overlap"
    message = _("The section meets already at this time, on %(when)s.")


class MayNotEditMeetings(NotAllowed):
    code = "may_not_edit_meetings"
    message = _("Only the registrar's office changes when and where classes meet.")
