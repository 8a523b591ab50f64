"""Which meetings of a cancelled section can stand again, and which cannot, because their time is taken by now."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Section
from scheduling.models import Claim, Closure, Meeting, Room

# Stored as it is, like every reason.
SECTION_CANCELLED = "The section is cancelled."
SHOWN = 10


@dataclass(frozen=True)
class Return:
    """The meetings that can stand again, and those whose room or instructor is taken, or whose room is out of use."""

    back: list[Meeting]
    taken: list[Meeting]


def coming_back(section: Section) -> Return:
    """Return what was cancelled with the section and is still to come, but for closed days."""
    now = timezone.now()
    cancelled = Meeting.objects.filter(
        pattern__sections=section, status=Meeting.Status.CANCELLED, reason=SECTION_CANCELLED, starts_at__gt=now
    )
    related = cancelled.select_related("pattern", "room__building").prefetch_related("meeting_instructors")
    spans = list(Closure.objects.values_list("start_date", "end_date"))
    meetings = [one for one in related.order_by("starts_at", "pk") if not _is_closed(one, spans)]
    if not meetings:
        return Return([], [])
    claims = _claims(meetings, now)
    back: list[Meeting] = []
    taken: list[Meeting] = []
    for one in meetings:
        (taken if _is_taken(one, claims) else back).append(one)
    return Return(back, taken)


def _is_closed(meeting: Meeting, spans: list[Any]) -> bool:
    day = meeting.starts_at.astimezone(ZoneInfo(meeting.pattern.zone)).date()
    return any(first <= day <= last for first, last in spans)


def _claims(meetings: list[Meeting], now: Any) -> list[tuple[int | None, int | None, Any]]:
    rooms = {one.room_id for one in meetings} - {None}
    people = {row.instructor_id for one in meetings for row in one.meeting_instructors.all()}
    low, high = min(one.starts_at for one in meetings), max(one.ends_at for one in meetings)
    near = Claim.objects.live(now).within(low, high).filter(Q(room__in=rooms) | Q(person__in=people))
    return list(near.values_list("room_id", "person_id", "during"))


def _is_taken(meeting: Meeting, claims: list[tuple[int | None, int | None, Any]]) -> bool:
    room: Room | None = meeting.room
    if room is not None and not room.is_active:
        return True
    people = {row.instructor_id for row in meeting.meeting_instructors.all()}
    return any(
        during.lower < meeting.ends_at
        and meeting.starts_at < during.upper
        and ((at is not None and at == meeting.room_id) or person in people)
        for at, person, during in claims
    )


def of_restored_section(section: Section) -> list[str]:
    """Say how many meetings would stand again, and how many would not."""
    found = coming_back(section)
    said = []
    if back := len(found.back):
        text = ngettext("%(n)s coming meeting stands again.", "%(n)s coming meetings stand again.", back)
        said.append(text % {"n": back})
    if found.taken:
        text = _("These do not, because their room or instructor is taken by now: %(dates)s.")
        said.append(text % {"dates": _dates(found.taken)})
    return said


def _dates(meetings: list[Meeting]) -> str:
    said = [date_format(one.starts_at.astimezone(ZoneInfo(one.pattern.zone)), "D j M Y, H:i") for one in meetings]
    more = len(said) - SHOWN
    return "; ".join(said[:SHOWN]) + (f" +{more}" if more > 0 else "")
