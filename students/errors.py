"""What can stand between a student and a seat."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed


def said(at: datetime) -> str:
    """Return an instant in the reader's zone, with the zone named."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'j M Y, H:i')} {local.tzname()}"


class MayNotEnroll(NotAllowed):
    code = "may_not_enroll"
    message = _("You may not enroll this student.")


class MayNotDrop(NotAllowed):
    code = "may_not_drop"
    message = _("You may not drop this class for this student.")


class MayNotManageLine(NotAllowed):
    code = "may_not_manage_line"
    message = _("You may not change this line.")


class MayNotSeeLine(NotAllowed):
    code = "may_not_see_line"
    message = _("The line is for the instructors of this section and for staff.")


class MayNotOverride(NotAllowed):
    code = "may_not_override"
    message = _("You may not let a student pass a rule.")


class NotAStudent(NotAllowed):
    code = "not_a_student"
    message = _("This person is not a student.")


class AccountInactive(Conflict):
    code = "account_inactive"
    message = _("The account of this student is closed.")


class EnrollmentClosed(Conflict):
    code = "enrollment_closed"
    message = _("Registration is closed.")


class SectionNotOpen(Conflict):
    code = "section_not_open"
    message = _("This section is not open for enrollment.")
    field = "section"


class AlreadyEnrolled(Conflict):
    code = "already_enrolled"
    message = _("You are enrolled in this section already.")
    field = "section"


class AlreadyWaiting(Conflict):
    code = "already_waiting"
    message = _("You are in line for this section already.")
    field = "section"


class SectionFull(Conflict):
    code = "section_full"
    message = _("All %(capacity)s seats are taken; %(waiting)s in line.")
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


class PrerequisitesMissing(Conflict):
    code = "prerequisites_missing"
    message = _("You need %(missing)s.")
    field = "section"


class NotWith(Conflict):
    code = "not_with"
    message = _("This cannot be taken together with or after %(courses)s.")
    field = "section"


class TimeConflict(Conflict):
    code = "time_conflict"
    message = _("This meets at the same time as %(other)s (%(when)s).")
    field = "section"


class OnHold(Conflict):
    code = "on_hold"
    message = _("%(office)s has put a hold on you (%(cause)s). Settle it there.")


class WindowClosed(Conflict):
    code = "window_closed"
    message = _("Your own registration window is not open.")


class Restricted(Conflict):
    code = "restricted"
    message = _("This is for: %(audience)s.")
    field = "section"


class TakenAlready(Conflict):
    code = "taken_already"
    message = _("You have completed this course; it may be taken %(limit)s times.")
    field = "section"


class InCourseAlready(Conflict):
    code = "in_course_already"
    message = _("You are in %(other)s, a section of the same course.")
    field = "section"


class ApprovalNeeded(Conflict):
    code = "approval_needed"
    message = _("The instructor approves each student before a seat is given.")
    field = "section"


class CreditsOver(Conflict):
    code = "credits_over"
    message = _("With this class you would have %(credits)s credits; your limit is %(limit)s.")
    field = "section"


class LinkedMissing(Conflict):
    code = "linked_missing"
    message = _("This is taken together with %(sections)s.")
    field = "section"


class SeatsReserved(Conflict):
    code = "seats_reserved"
    message = _("The free seats are reserved: %(reserved)s.")
    field = "section"


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


class NothingChosen(Conflict):
    code = "nothing_chosen"
    message = _("Choose at least one section.")


class SetRefused(Conflict):
    """Sections of one act that refuse; `sections` says of each what stands in the way, and nothing was changed."""

    code = "set_refused"
    message = _("Nothing was changed: %(reasons)s")

    def __init__(self, sections: list[dict[str, Any]]) -> None:
        reasons = " ".join(f"{part['name']}: {part['detail']}" for part in sections)
        super().__init__(reasons=reasons, sections=sections)


class NotEnrolled(Conflict):
    code = "not_enrolled"
    message = _("This enrollment is over already.")


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


class DropDeadlinePassed(Conflict):
    code = "drop_deadline_passed"
    message = _("The last moment to drop was %(when)s.")


class WithdrawDeadlinePassed(Conflict):
    code = "withdraw_deadline_passed"
    message = _("The last moment to withdraw was %(when)s.")


class ReasonMissing(Conflict):
    code = "reason_missing"
    message = _("Give a reason.")
    field = "reason"


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


class MayNotSeeRoster(NotAllowed):
    code = "may_not_see_roster"
    message = _("The roster is for those who teach this section and for staff.")


class MayNotSeeHistory(NotAllowed):
    code = "may_not_see_history"
    message = _("The history is for the student, the instructors of the section and staff.")


class MayNotSeeGrades(NotAllowed):
    code = "may_not_see_grades"
    message = _("You may not see these grades.")


class ClassPagesClosed(NotAllowed):
    """Who may have a seat is another window than when the class is open inside (C05)."""

    code = "class_pages_closed"
    message = _("The pages of this class are not open now.")


def pages_closed(section: Any, now: datetime) -> ClassPagesClosed | None:
    """Return what students of the class are told while its pages are closed to them, None while they are open."""
    starts, ends = section.access_starts_at, section.access_ends_at
    if starts and now < starts:
        opens = _("The pages of this class open on %(when)s.")
        return ClassPagesClosed(opens, when=said(starts), opens_at=starts.isoformat())
    if ends and now >= ends:
        closed = _("The pages of this class closed on %(when)s. Final grades stay on the progress page.")
        return ClassPagesClosed(closed, when=said(ends), closed_at=ends.isoformat())
    return None


class MayNotGrade(NotAllowed):
    code = "may_not_grade"
    message = _("Scores are entered by the instructors and graders of the section.")


class MayNotManageGrades(NotAllowed):
    code = "may_not_manage_grades"
    message = _("This is for the instructors of the section.")


class MayNotEditProfile(NotAllowed):
    code = "may_not_edit_profile"
    message = _("You may not change this student's profile.")


class NumberTaken(Conflict):
    code = "number_taken"
    message = _("Another student has the number %(number)s.")
    field = "institutional_id"


class GradesFinal(Conflict):
    code = "grades_final"
    message = _("All final grades of this section are posted; its graded work stays as it is.")


class ItemHasScores(Conflict):
    code = "item_has_scores"
    message = _("%(title)s has scores and stays; set its weight to 0 if it should not count.")


class PointsBelowScores(Conflict):
    code = "points_below_scores"
    message = _("A student has %(highest)s points in this item already.")
    field = "points"


class MarksRefused(Conflict):
    """Cells of a sheet that were not accepted; `cells` names each with its reason, and nothing was saved."""

    code = "marks_refused"
    message = _("Nothing was saved: %(count)s entries were not accepted.")

    def __init__(self, cells: list[dict[str, Any]]) -> None:
        super().__init__(count=len(cells), cells=cells)


class NothingToPost(Conflict):
    code = "nothing_to_post"
    message = _("There is no final grade to post: enter and save them first.")


class MayNotSeeClassmates(NotAllowed):
    code = "may_not_see_classmates"
    message = _("The names of a class are for its students.")


class MayNotLinkGuardian(NotAllowed):
    code = "may_not_link_guardian"
    message = _("Only the course office says who reads along with a student, and nobody for oneself.")


class MayNotAgree(NotAllowed):
    code = "may_not_agree"
    message = _("Only the student can agree to this.")


class MayNotTake(NotAllowed):
    code = "may_not_take"
    message = _("This was made for another address. Sign in with that address, or add it to your account.")


class MayNotEndGuardian(NotAllowed):
    code = "may_not_end_guardian"
    message = _("The course office recorded that the student is not asked, and ends this itself.")


class GuardianIsStudent(Conflict):
    code = "guardian_is_student"
    message = _("This is the address of the student.")
    field = "email"


class GuardianAlready(Conflict):
    code = "guardian_already"
    message = _("This address is a guardian of the student already, or was asked to be.")
    field = "email"


class GuardianNotAgreed(Conflict):
    code = "guardian_not_agreed"
    message = _("The student has not agreed yet.")


class GuardianOver(Conflict):
    code = "guardian_over"
    message = _("This is over, or was taken already.")


class MayNotPreview(NotAllowed):
    code = "may_not_preview"
    message = _("Only those who teach this section, and staff, can look at it as a student.")


class PreviewForbids(NotAllowed):
    code = "preview_forbids"
    message = _("Not while you look at a section as a student. Go back to your own view first.")


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
