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


class RoomOutOfUse(Conflict):
    code = "room_out_of_use"
    message = _("%(room)s is out of use. Choose another room.")
    field = "room"


class SectionOver(Conflict):
    code = "section_over"
    message = _("%(section)s is cancelled or completed. No meetings are planned for it any more.")


class SectionsOfOneTerm(Conflict):
    code = "sections_of_one_term"
    message = _("Sections that meet together are of one term.")


class OwnMeetingsOverlap(Conflict):
    code = "own_meetings_overlap"
    message = _("The section meets already at this time, on %(when)s.")


class MayNotEditMeetings(NotAllowed):
    code = "may_not_edit_meetings"
    message = _("Only the registrar's office changes when and where classes meet.")


class ReasonMissing(Conflict):
    code = "reason_missing"
    message = _("Say why this room is used although it is too small.")
    field = "capacity_reason"


class MeetingReasonMissing(Conflict):
    code = "reason_missing"
    message = _("Say why, for those who come to this class.")
    field = "reason"


class ClashReasonMissing(Conflict):
    code = "reason_missing"
    message = _("Say why this clash may stand.")
    field = "reason"


class ClashGone(Conflict):
    code = "clash_gone"
    message = _("This clash is gone, or accepted already.")


class MeetingCancelled(Conflict):
    code = "meeting_cancelled"
    message = _("This meeting is cancelled. A cancelled meeting cannot be moved.")


class MayNotResolveClashes(NotAllowed):
    code = "may_not_resolve_clashes"
    message = _("Only the registrar's office keeps a clash.")


class MayNotEditRooms(NotAllowed):
    code = "may_not_edit_rooms"
    message = _("Only the registrar's office changes buildings and rooms.")


class MayNotEditClosures(NotAllowed):
    code = "may_not_edit_closures"
    message = _("Only the registrar's office changes the days on which nothing meets.")


class TermsTheSame(Conflict):
    code = "terms_the_same"
    message = _("A term is not copied into itself.")
    field = "target"


class TermOver(Conflict):
    code = "term_over"
    message = _("%(term)s is over. Choose a term that is still to come or going on.")
    field = "target"


class NothingToCopy(Conflict):
    code = "nothing_to_copy"
    message = _("%(term)s has no section of this choice.")
    field = "source"


class NotLookedAt(Conflict):
    code = "rollover_not_looked_at"
    message = _("This is being worked on, or was undone: nothing can be copied now.")


class NoLinesReady(Conflict):
    code = "no_lines_ready"
    message = _("None of these sections can be copied.")


class NotCopied(Conflict):
    code = "rollover_not_copied"
    message = _("Only what was copied can be undone.")


class CopiesInUse(Conflict):
    """Something depends on copies; `names` says which and what."""

    code = "copies_in_use"
    message = _("It cannot be undone: %(names)s. Nothing was changed.")
