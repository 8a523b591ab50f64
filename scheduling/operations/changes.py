"""Change what is planned: whole patterns from now on, or one dated meeting."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.recurrence import Occurrence
from scheduling.errors import MeetingCancelled
from scheduling.models import Claim, Closure, Meeting, MeetingInstructor, MeetingPattern, Room
from scheduling.operations import patterns
from scheduling.operations.claims import ClaimRequest, release

FIELDS = {"days", "start_time", "end_time", "room", "start_date", "end_date", "interval_weeks", "schedule_type"}


@transaction.atomic
def change_pattern(
    pattern: MeetingPattern,
    *,
    by: Any,
    instructors: Iterable[Any] | None = None,
    ignore_capacity: bool = False,
    capacity_reason: str = "",
    **changes: Any,
) -> MeetingPattern:
    """Change a pattern from now on and return it.

    Past meetings and those moved or cancelled by hand stay as they are; the others are written anew with their
    identity kept. Refuses like `schedule_pattern`. Locks the instructors, the sections and the rooms, old and new.
    """
    patterns._ask(by)
    if unknown := set(changes) - FIELDS:
        raise TypeError(f"A pattern has no {sorted(unknown)}.")
    old_people = list(pattern.instructors.all())
    people = old_people if instructors is None else list(instructors)
    old_room, room = pattern.room, changes.get("room", pattern.room)
    sections = patterns._fresh({*old_people, *people}, list(pattern.sections.all()), old_room, room)
    pattern.refresh_from_db()
    old_zone = ZoneInfo(pattern.zone)
    for name, value in changes.items():
        setattr(pattern, name, value)
    pattern.is_tba = pattern.start_time is None
    pattern.zone = room.building.zone if room else settings.CAMPUS_TIME_ZONE
    if ignore_capacity:
        pattern.capacity_reason = capacity_reason
    pattern.full_clean()
    if room and (room != old_room or ignore_capacity):
        patterns._refuse_small_room(room, sections, by, ignore_capacity, capacity_reason)
    pattern.save()
    pattern.instructors.set(people)

    now = timezone.now()
    future = list(pattern.meetings.filter(original_start__gt=now).order_by("original_start"))
    by_rule = [one for one in future if one.status == Meeting.Status.SCHEDULED]
    by_hand = [one for one in future if one.status != Meeting.Status.SCHEDULED and one.closure_id is None]
    kept = {_day(one, old_zone): (one.public_id, one.ical_sequence) for one in by_rule}
    excepted = {_day(one, old_zone) for one in by_hand}
    gone = [one.pk for one in future if one not in by_hand]
    release(claims_of(gone))
    Meeting.objects.filter(pk__in=gone).delete()
    if not pattern.is_tba:
        found = patterns.occurrences_of(pattern, patterns._closed_days(pattern))
        occurrences = [one for one in found if one.starts_at > now and one.local_date not in excepted]
        patterns._refuse_own_overlap(pattern, sections, occurrences)
        patterns._refuse_taken(room, people, occurrences, ZoneInfo(pattern.zone), by)
        patterns._insert([(pattern, occurrences, people)], raise_refused=True, by=by, kept=kept)
    return pattern


def _day(meeting: Meeting, zone: ZoneInfo) -> Any:
    return meeting.original_start.astimezone(zone).date()


@transaction.atomic
def cancel_pattern(pattern: MeetingPattern, *, by: Any) -> None:
    """End a pattern: its future meetings are cancelled and their claims freed; past ones stay."""
    patterns._ask(by)
    patterns._fresh(pattern.instructors.all(), list(pattern.sections.all()), pattern.room)
    cancel(pattern.meetings.filter(starts_at__gt=timezone.now()))
    if not pattern.is_tba:
        today = timezone.now().astimezone(ZoneInfo(pattern.zone)).date()
        pattern.end_date = max(pattern.start_date or today, min(today, pattern.end_date or today))
        pattern.save(update_fields=["end_date"])


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, by: Any) -> None:
    """Cancel one dated meeting and free its room and instructors; the pattern stays. Twice is harmless."""
    patterns._ask(by)
    pattern = meeting.pattern
    patterns._fresh(pattern.instructors.all(), list(pattern.sections.all()), meeting.room)
    cancel(Meeting.objects.filter(pk=meeting.pk))


@transaction.atomic
def move_meeting(
    meeting: Meeting, *, by: Any, starts_at: datetime, ends_at: datetime, room: Room | None = None
) -> Meeting:
    """Move one dated meeting to another time, and to `room` if given; the pattern stays.

    Keeps the identity and raises the sequence. Raises MeetingCancelled, OwnMeetingsOverlap, RoomTaken, InstructorTaken,
    and ValidationError when it would end before it starts.
    """
    patterns._ask(by)
    pattern = meeting.pattern
    room = room or meeting.room
    people = [row.instructor for row in meeting.meeting_instructors.select_related("instructor")]
    sections = patterns._fresh(people, list(pattern.sections.all()), meeting.room, room)
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
    if meeting.status == Meeting.Status.CANCELLED:
        raise MeetingCancelled()
    zone = ZoneInfo(pattern.zone)
    release(claims_of([meeting.pk]))
    meeting.starts_at, meeting.ends_at, meeting.room = starts_at, ends_at, room
    meeting.full_clean(exclude=["room_claim"])
    there = [Occurrence(starts_at.astimezone(zone).date(), starts_at, ends_at, False)]
    patterns._refuse_own_overlap(pattern, sections, there, besides=meeting)
    patterns._refuse_taken(room, people, there, zone, by)
    meeting.room_claim_id = None
    meeting.status = Meeting.Status.MOVED
    meeting.is_shifted = False
    meeting.ical_sequence += 1
    meeting.save()
    claim_again([meeting], soft_where_taken=False, by=by)
    return meeting


def cancel(meetings: Any, closure: Closure | None = None) -> None:
    """Cancel what still stands among `meetings` and free its time."""
    keys = list(meetings.exclude(status=Meeting.Status.CANCELLED).values_list("pk", flat=True))
    release(claims_of(keys))
    Meeting.objects.filter(pk__in=keys).update(
        status=Meeting.Status.CANCELLED, closure=closure, ical_sequence=F("ical_sequence") + 1
    )


def claims_of(meetings: Iterable[int]) -> list[int | None]:
    keys = list(meetings)
    rooms = Meeting.objects.filter(pk__in=keys).values_list("room_claim", flat=True)
    people = MeetingInstructor.objects.filter(meeting__in=keys).values_list("claim", flat=True)
    return [*rooms, *people]


def claim_again(meetings: Iterable[Meeting], *, soft_where_taken: bool, by: Any = None) -> list[ClaimRequest]:
    """Claim the time of meetings whose claims were released; return those that had to be soft."""
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
    ids, soft = patterns._place_all(wishes, raise_refused=not soft_where_taken, by=by)
    for owner, key in zip(owners, ids, strict=True):
        field = "room_claim_id" if isinstance(owner, Meeting) else "claim_id"
        setattr(owner, field, key)
        owner.save(update_fields=[field])
    return soft
