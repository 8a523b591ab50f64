"""The messages about seats: enrolled, dropped, in line, out of it, promoted."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Section
from notifications.events import Event, register
from students.errors import said
from students.models import Enrollment, Guardianship, Hold, OverrideRequest, WaitlistEntry
from students.queries.class_search import pattern_text
from students.queries.enrollments import position_text
from students.queries.seats import position
from students.querysets import LIVE

RELATED = ("section__course__subject", "section__term", "student__user")
LINE = (*RELATED, "swap_enrollment__section__course__subject")


def _context(about: Any, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    patterns = about.section.patterns.order_by("start_date", "pk")
    return {
        "section": about.section,
        "meetings": [text for pattern in patterns if (text := pattern_text(pattern, str(recipient.zone)))],
        "reason": facts.get("reason", ""),
        "link": settings.SITE_URL + reverse("students:section_detail", args=[about.section.public_id]),
    }


def _seated(about: Enrollment, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    last = about.section.term.in_force("drop_deadline")
    return _context(about, recipient, facts) | {"drop_by": said(last) if last else ""}


def _due(about: Enrollment, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    ends = about.hold_expires_at
    return _context(about, recipient, facts) | {"pay_by": said(ends) if ends else ""}


def _ended(about: Enrollment, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    status = facts.get("status")
    return _context(about, recipient, facts) | {
        "withdrawn": status == Enrollment.Status.WITHDRAWN,
        "cancelled": about.section.status == Section.Status.CANCELLED,
    }


def _in_line(about: WaitlistEntry, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    return _context(about, recipient, facts) | {
        "place": position_text(position(about)),
        "offers": about.section.waitlist_mode == Section.WaitlistMode.OFFER,
        "offer_hours": about.section.offer_hours,
        "swap": str(about.swap_enrollment.section) if about.swap_enrollment else "",
    }


def _out_of_line(about: WaitlistEntry, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    return _context(about, recipient, facts) | {"cancelled": about.section.status == Section.Status.CANCELLED}


def _answered_by(about: WaitlistEntry, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    ends = about.offer_expires_at
    return _context(about, recipient, facts) | {"answer_by": said(ends) if ends else ""}


def _offer(about: WaitlistEntry, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    return _answered_by(about, recipient, facts) | {
        "swap": str(about.swap_enrollment.section) if about.swap_enrollment else "",
        "link": settings.SITE_URL + reverse("students:entry_offer", args=[about.public_id]),
    }


def _closing(about: Enrollment, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    ends = about.section.access_ends_at
    return _context(about, recipient, facts) | {"ends": said(ends) if ends else ""}


def _closes_then(about: Enrollment, facts: dict[str, Any]) -> bool:
    ends = about.section.access_ends_at
    in_time = ends is not None and timezone.now() < ends and ends.isoformat() == facts.get("ends_at", ends.isoformat())
    return in_time and about.is_seated


def _asked(about: OverrideRequest, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    link = settings.SITE_URL + reverse("students:request_detail", args=[about.public_id])
    return {"section": about.section, "link": link}


def _answered(about: OverrideRequest, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    granted = about.state == OverrideRequest.State.GRANTED
    return _context(about, recipient, {"reason": about.reason}) | {"granted": granted}


def _held(about: Hold, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    blocked = [
        (about.blocks_register, _("registration")),
        (about.blocks_drop, _("dropping classes")),
        (about.blocks_transcript, _("transcripts")),
    ]
    words = ", ".join(str(word) for is_blocked, word in blocked if is_blocked)
    return {"blocked": words, "link": settings.SITE_URL + reverse("students:registration")}


def _is_held(about: Hold, facts: dict[str, Any]) -> bool:
    return about.released_at is None


def _is_released(about: Hold, facts: dict[str, Any]) -> bool:
    return about.released_at is not None


def _asked_for(about: Enrollment, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    link = settings.SITE_URL + reverse("students:request_list")
    return {"section": about.section, "message": facts.get("message", ""), "link": link}


def _waits_for_approval(about: Enrollment, facts: dict[str, Any]) -> bool:
    return about.status == Enrollment.Status.PENDING_APPROVAL


def _waits_for_payment(about: Enrollment, facts: dict[str, Any]) -> bool:
    ends = about.hold_expires_at
    return about.status == Enrollment.Status.PENDING_PAYMENT and ends is not None and timezone.now() < ends


def _was_declined(about: Enrollment, facts: dict[str, Any]) -> bool:
    return about.status == Enrollment.Status.CANCELLED


def _is_open(about: OverrideRequest, facts: dict[str, Any]) -> bool:
    return about.state == OverrideRequest.State.OPEN


def _is_answered(about: OverrideRequest, facts: dict[str, Any]) -> bool:
    return about.state in {OverrideRequest.State.GRANTED, OverrideRequest.State.DECLINED}


def _reads_along(about: Guardianship, recipient: Any, facts: dict[str, Any]) -> dict[str, Any]:
    ends = about.valid_to
    page = "students:guardian_list" if recipient.pk == about.student.user_id else "students:ward_list"
    return {
        "student": about.student.user.display_name,
        "address": about.email,
        "until": said(ends) if ends else "",
        "link": settings.SITE_URL + reverse(page),
    }


def _is_to_be_agreed(about: Guardianship, facts: dict[str, Any]) -> bool:
    return not about.is_over and about.agreed_at is None


def _is_to_be_taken(about: Guardianship, facts: dict[str, Any]) -> bool:
    return about.state == Guardianship.State.OFFERED


def _is_live(about: Enrollment, facts: dict[str, Any]) -> bool:
    return about.status in LIVE


def _is_over(about: Enrollment, facts: dict[str, Any]) -> bool:
    return about.status not in LIVE


def _waits(about: WaitlistEntry, facts: dict[str, Any]) -> bool:
    return about.status == WaitlistEntry.Status.WAITING


def _is_offered(about: WaitlistEntry, facts: dict[str, Any]) -> bool:
    ends = about.offer_expires_at
    return about.status == WaitlistEntry.Status.OFFERED and ends is not None and timezone.now() < ends


def _has_expired(about: WaitlistEntry, facts: dict[str, Any]) -> bool:
    return about.status == WaitlistEntry.Status.EXPIRED


def _is_closed(about: WaitlistEntry, facts: dict[str, Any]) -> bool:
    return about.status == WaitlistEntry.Status.CLOSED


def _waits_no_more(about: WaitlistEntry, facts: dict[str, Any]) -> bool:
    return not _waits(about, facts)


def register_events() -> None:
    register(Event("enrolled", "emails/students/enrolled", _seated, _is_live, None, RELATED))
    register(Event("promoted", "emails/students/promoted", _seated, _is_live, None, RELATED))
    register(Event("dropped", "emails/students/dropped", _ended, _is_over, None, RELATED))
    register(Event("waitlisted", "emails/students/waitlisted", _in_line, _waits, None, LINE))
    register(Event("class_ends_soon", "emails/students/class_ends_soon", _closing, _closes_then, None, RELATED))
    register(Event("class_restored", "emails/students/class_restored", _in_line, _waits, None, LINE))
    register(Event("line_left", "emails/students/line_left", _out_of_line, _waits_no_more, None, RELATED))
    register(Event("override_requested", "emails/students/override_requested", _asked, _is_open, None, RELATED))
    register(Event("override_answered", "emails/students/override_answered", _answered, _is_answered, None, RELATED))
    register(
        Event(
            "approval_requested", "emails/students/approval_requested", _asked_for, _waits_for_approval, None, RELATED
        )
    )
    register(Event("approval_declined", "emails/students/approval_declined", _context, _was_declined, None, RELATED))
    register(Event("payment_due", "emails/students/payment_due", _due, _waits_for_payment, None, RELATED))
    register(Event("hold_placed", "emails/students/hold_placed", _held, _is_held, None, ("student__user",)))
    register(Event("hold_released", "emails/students/hold_released", _held, _is_released, None, ("student__user",)))
    along = _reads_along, _is_to_be_agreed, None, ("student__user",)
    register(Event("guardian_asked", "emails/students/guardian_asked", *along))
    invited = _reads_along, _is_to_be_taken, None, ("student__user",)
    register(Event("guardian_invited", "emails/students/guardian_invited", *invited))
    register(Event("seat_offered", "emails/students/seat_offered", _offer, _is_offered, None, LINE))
    register(Event("offer_reminder", "emails/students/offer_reminder", _offer, _is_offered, None, LINE))
    register(Event("offer_expired", "emails/students/offer_expired", _answered_by, _has_expired, None, LINE))
    register(Event("line_closed", "emails/students/line_closed", _context, _is_closed, None, RELATED))
