"""Change what is planned: whole patterns from now on, or one dated meeting."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core.recurrence import Occurrence
from courses.models import Section
from scheduling.errors import MeetingCancelled, MeetingReasonMissing
from scheduling.models import Claim, Closure, Meeting, MeetingInstructor, MeetingPattern, Room
from scheduling.operations import clashes, patterns
from scheduling.operations.claims import ClaimRequest, release, settle
from scheduling.queries.restoring import SECTION_CANCELLED

LONGEST_MEETING = timedelta(days=1)
FIELDS = {"kind", "days", "start_time", "end_time", "room", "start_date", "end_date", "interval_weeks", "schedule_type"}


@transaction.atomic
def change_pattern(
    pattern: MeetingPattern,
    *,
    by: Any,
    instructors: Iterable[Any] | None = None,
    ignore_capacity: bool = False,
    capacity_reason: str = "",
    clash_reason: str = "",
    **changes: Any,
) -> MeetingPattern:
    """Change a pattern from now on and return it.

    Past meetings and those moved or cancelled by hand stay as they are; the others are written anew with their
    identity kept. Refuses like `schedule_pattern`; what overlapped before at the same time and place may stay. Locks
    the instructors, the sections and the rooms, old and new.
    """
    patterns._ask(by)
    if unknown := set(changes) - FIELDS:
        raise TypeError(f"A pattern has no {sorted(unknown)}.")
    old_people = list(pattern.instructors.all())
    people = old_people if instructors is None else list(instructors)
    old_room, room = pattern.room, changes.get("room", pattern.room)
    sections = patterns._fresh({*old_people, *people}, list(pattern.sections.all()), old_room, room)
    patterns._refuse_over(sections)
    pattern = MeetingPattern.objects.select_related("room__building").get(pk=pattern.pk)
    old_zone = ZoneInfo(pattern.zone)
    for name, value in changes.items():
        setattr(pattern, name, value)
    pattern.is_tba = pattern.start_time is None
    pattern.zone = room.building.zone if room else settings.CAMPUS_TIME_ZONE
    if ignore_capacity:
        pattern.capacity_reason = capacity_reason
    patterns._check(pattern)
    if room and room != old_room:
        patterns._refuse_unused(room)
    if room and (room != old_room or ignore_capacity):
        patterns._refuse_small_room(room, sections, by, ignore_capacity, capacity_reason)
    pattern.save()
    pattern.instructors.set(people)
    _write_anew(pattern, sections, people, old_zone, by=by, reason=clash_reason)
    return pattern


def _write_anew(
    pattern: MeetingPattern, sections: list[Any], people: list[Any], old_zone: ZoneInfo, *, by: Any, reason: str
) -> None:
    """Replace the future meetings of a changed pattern."""
    now, zone = timezone.now(), ZoneInfo(pattern.zone)
    future = list(pattern.meetings.filter(original_start__gt=now).order_by("original_start"))
    by_rule = [one for one in future if one.status == Meeting.Status.SCHEDULED]
    by_hand = [one for one in future if one.status != Meeting.Status.SCHEDULED and one.closure_id is None]
    kept = {_day(one, old_zone): (one.public_id, one.ical_sequence) for one in by_rule}
    excepted = {_day(one, old_zone) for one in by_hand}
    gone = [one.pk for one in future if one not in by_hand]
    claims = claims_of(gone)
    stood = clashes.what_stood(claims)
    release(claims)
    Meeting.objects.filter(pk__in=gone).delete()
    if not pattern.is_tba:
        found = patterns.occurrences_of(pattern, patterns._closed_days(pattern))
        occurrences = [one for one in found if one.starts_at > now and one.local_date not in excepted]
        patterns._refuse_own_overlap(pattern, sections, occurrences)
        overlaps = clashes.look(pattern.room, people, occurrences, zone, by=by, reason=reason, stood=stood)
        prepared = [(pattern, occurrences, people)]
        patterns._insert(prepared, raise_refused=True, by=by, kept=kept, overlaps=overlaps, reason=reason, stood=stood)
    settle(claims)


def _day(meeting: Meeting, zone: ZoneInfo) -> Any:
    return meeting.original_start.astimezone(zone).date()


def _ask_why(by: Any, reason: str) -> None:
    # The system needs no words; whoever acts tells those who come to the class.
    if by is not None and not reason.strip():
        raise MeetingReasonMissing()


@transaction.atomic
def cancel_pattern(pattern: MeetingPattern, *, by: Any, reason: str = "") -> None:
    """End a pattern: its future meetings are cancelled and their claims freed; past ones stay.

    MeetingReasonMissing when somebody gives no `reason`.
    """
    patterns._ask(by)
    _ask_why(by, reason)
    patterns._fresh(pattern.instructors.all(), list(pattern.sections.all()), pattern.room)
    cancel(pattern.meetings.filter(starts_at__gt=timezone.now()), reason=reason)
    if not pattern.is_tba:
        today = timezone.now().astimezone(ZoneInfo(pattern.zone)).date()
        pattern.end_date = max(pattern.start_date or today, min(today, pattern.end_date or today))
        pattern.save(update_fields=["end_date"])


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, by: Any, reason: str = "") -> Meeting:
    """Cancel one dated meeting and free its room and instructors; the pattern stays. Twice is harmless.

    MeetingReasonMissing when somebody gives no `reason`.
    """
    patterns._ask(by)
    _ask_why(by, reason)
    pattern = meeting.pattern
    patterns._fresh(pattern.instructors.all(), list(pattern.sections.all()), meeting.room)
    cancel(Meeting.objects.filter(pk=meeting.pk), reason=reason)
    meeting.refresh_from_db()
    return meeting


@transaction.atomic
def move_meeting(
    meeting: Meeting,
    *,
    by: Any,
    starts_at: datetime,
    ends_at: datetime,
    room: Room | None = None,
    reason: str = "",
    clash_reason: str = "",
) -> Meeting:
    """Move one dated meeting to another time, and to `room` if given; the pattern stays.

    Keeps the identity and raises the sequence. Raises MeetingReasonMissing when somebody gives no `reason`,
    MeetingCancelled, OwnMeetingsOverlap, RoomOutOfUse, RoomTaken and InstructorTaken unless there is a `clash_reason`,
    and ValidationError when it would end before it starts.
    """
    patterns._ask(by)
    _ask_why(by, reason)
    pattern = meeting.pattern
    old_room, room = meeting.room, room or meeting.room
    people = [row.instructor for row in meeting.meeting_instructors.select_related("instructor")]
    sections = patterns._fresh(people, list(pattern.sections.all()), old_room, room)
    patterns._refuse_over(sections)
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
    if meeting.status == Meeting.Status.CANCELLED:
        raise MeetingCancelled()
    zone = ZoneInfo(pattern.zone)
    claims = claims_of([meeting.pk])
    stood = clashes.what_stood(claims)
    release(claims)
    meeting.starts_at, meeting.ends_at, meeting.room = starts_at, ends_at, room
    meeting.full_clean(exclude=["room_claim"])
    if ends_at - starts_at > LONGEST_MEETING:
        raise ValidationError({"ends_at": _("A meeting lasts at most a day.")})
    if abs(starts_at - meeting.original_start) > patterns.LONGEST:
        raise ValidationError({"starts_at": _("A meeting moves by at most 400 days.")})
    if room and room != old_room:
        patterns._refuse_unused(room)
    there = [Occurrence(starts_at.astimezone(zone).date(), starts_at, ends_at, False)]
    patterns._refuse_own_overlap(pattern, sections, there, besides=meeting)
    overlaps = clashes.look(room, people, there, zone, by=by, reason=clash_reason, stood=stood)
    meeting.room_claim_id = None
    meeting.status = Meeting.Status.MOVED
    meeting.is_shifted = False
    meeting.reason = reason.strip()
    meeting.ical_sequence += 1
    meeting.save()
    claim_again([meeting], {one.place for one in overlaps}, by=by, overlaps=overlaps, reason=clash_reason, stood=stood)
    settle(claims)
    return meeting


def section_cancelled(section: Section) -> None:
    """Cancel what is still to come of a section's meetings, but for those that another section comes to.

    Runs in the deed that cancels the section, which holds its lock; freeing time needs no other.
    """
    shared = Section.objects.exclude(pk=section.pk).exclude(status__in=patterns.OVER)
    kept = MeetingPattern.objects.filter(sections__in=shared)
    alone = section.patterns.exclude(pk__in=kept.values("pk"))
    cancel(Meeting.objects.filter(pattern__in=alone, starts_at__gt=timezone.now()), reason=SECTION_CANCELLED)


def cancel(meetings: Any, closure: Closure | None = None, reason: str = "") -> None:
    """Cancel what still stands among `meetings` and free its time."""
    keys = list(meetings.exclude(status=Meeting.Status.CANCELLED).values_list("pk", flat=True))
    claims = claims_of(keys)
    release(claims)
    settle(claims)
    Meeting.objects.filter(pk__in=keys).update(
        status=Meeting.Status.CANCELLED,
        closure=closure,
        reason=(reason.strip() or (closure.name if closure else ""))[:200],
        ical_sequence=F("ical_sequence") + 1,
    )


def claims_of(meetings: Iterable[int]) -> list[int | None]:
    keys = list(meetings)
    rooms = Meeting.objects.filter(pk__in=keys).values_list("room_claim", flat=True)
    people = MeetingInstructor.objects.filter(meeting__in=keys).values_list("claim", flat=True)
    return [*rooms, *people]


def claim_again(
    meetings: Iterable[Meeting],
    may_be_soft: Collection[clashes.Place] | None,
    *,
    by: Any = None,
    overlaps: Collection[clashes.Overlap] = (),
    reason: str = "",
    stood: clashes.Stood | None = None,
) -> list[ClaimRequest]:
    """Claim the time of meetings whose claims were released; return those that had to be soft.

    `may_be_soft`: the places that may overlap others, None for all; any other that is taken is refused.
    """
    owners: list[Any] = []
    wishes: list[ClaimRequest] = []
    for meeting in meetings:
        source = Claim.Source.EXAM if meeting.pattern.kind == "exam" else Claim.Source.MEETING
        if meeting.room_id:
            owners.append(meeting)
            wishes.append(ClaimRequest(meeting.starts_at, meeting.ends_at, source, room_id=meeting.room_id))
        for row in meeting.meeting_instructors.all():
            owners.append(row)
            wishes.append(ClaimRequest(meeting.starts_at, meeting.ends_at, source, person_id=row.instructor_id))
    ids, soft = patterns._place_all(wishes, may_be_soft, by)
    placed = {clashes.place_of(wish): key for wish, key in zip(wishes, ids, strict=True)}
    clashes.record(overlaps, placed, by=by, reason=reason, stood=stood)
    for owner, key in zip(owners, ids, strict=True):
        field = "room_claim_id" if isinstance(owner, Meeting) else "claim_id"
        setattr(owner, field, key)
        owner.save(update_fields=[field])
    return soft
