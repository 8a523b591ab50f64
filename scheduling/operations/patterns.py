"""Plan when and where sections meet: patterns, their dated meetings and the claims of both."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.locks import lock
from core.recurrence import Occurrence, weekly
from courses.models import Section
from scheduling.errors import InstructorTaken, MayNotEditMeetings, OwnMeetingsOverlap, RoomTaken, RoomTooSmall
from scheduling.models import Claim, Closure, Meeting, MeetingInstructor, MeetingPattern, Room
from scheduling.operations.claims import ClaimRequest, place, release
from scheduling.queries.busy import describe

BATCH = 5_000


@transaction.atomic
def schedule_pattern(
    sections: Sequence[Section],
    *,
    by: Any,
    days: int = 0,
    start_time: time | None = None,
    end_time: time | None = None,
    room: Room | None = None,
    instructors: Sequence[Any] = (),
    start_date: date | None = None,
    end_date: date | None = None,
    kind: str = "class",
    schedule_type: str = "",
    interval_weeks: int = 1,
    ignore_capacity: bool = False,
) -> MeetingPattern:
    """Let `sections` meet every week of their dates and return the pattern; without a time it is to be arranged.

    Bit 0 of `days` is Monday; times are wall clock at the room's building, else on campus. Raises MayNotEditMeetings,
    ValidationError for impossible values, RoomTooSmall unless `ignore_capacity`, OwnMeetingsOverlap, RoomTaken and
    InstructorTaken, which name the other event. Locks the instructors, then the sections, then the room.
    """
    if by is not None and not by.has_perm("scheduling.edit_meetings"):
        raise MayNotEditMeetings()
    lock(*instructors, *sections, room)
    first = sections[0]
    pattern = MeetingPattern(
        term=first.term,
        kind=kind,
        schedule_type=schedule_type,
        is_tba=start_time is None,
        days=days,
        start_time=start_time,
        end_time=end_time,
        zone=room.building.zone if room else settings.CAMPUS_TIME_ZONE,
        start_date=start_date or first.first_day,
        end_date=end_date or first.last_day,
        interval_weeks=interval_weeks,
        room=room,
    )
    pattern.full_clean()
    if room and not ignore_capacity:
        _refuse_small_room(room, sections)
    pattern.save()
    pattern.sections.set(sections)
    pattern.instructors.set(instructors)
    if not pattern.is_tba:
        occurrences = occurrences_of(pattern, _closed_days(pattern))
        _refuse_own_overlap(pattern, sections, occurrences)
        _refuse_taken(room, instructors, occurrences, ZoneInfo(pattern.zone))
        _insert([(pattern, occurrences, list(instructors))], raise_refused=True)
    return pattern


@transaction.atomic
def cancel_pattern(pattern: MeetingPattern, *, by: Any) -> None:
    """End a pattern: its future meetings are cancelled and their claims freed; past ones stay."""
    if by is not None and not by.has_perm("scheduling.edit_meetings"):
        raise MayNotEditMeetings()
    lock(*pattern.instructors.all(), *pattern.sections.all(), pattern.room)
    _cancel(pattern.meetings.filter(starts_at__gt=timezone.now()))
    pattern.end_date = max(pattern.start_date or timezone.localdate(), timezone.localdate())
    pattern.save(update_fields=["end_date"])


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, by: Any) -> None:
    """Cancel one dated meeting and free its room and instructors; the pattern stays. Twice is harmless."""
    if by is not None and not by.has_perm("scheduling.edit_meetings"):
        raise MayNotEditMeetings()
    pattern = meeting.pattern
    lock(*pattern.instructors.all(), *pattern.sections.all(), meeting.room)
    _cancel(Meeting.objects.filter(pk=meeting.pk))


@transaction.atomic
def add_closure(name: str, start_date: date, end_date: date, *, by: Any) -> Closure:
    """Close the institution for these days: meetings in them are cancelled and their time freed."""
    if by is not None and not by.has_perm("scheduling.edit_rooms"):
        raise MayNotEditMeetings()
    closure = Closure(name=name, start_date=start_date, end_date=end_date)
    closure.full_clean()
    closure.save()
    # By local day of each meeting's own place; two days of slack find all candidates in UTC.
    margin = timedelta(days=2)
    low = datetime.combine(start_date, time(0), tzinfo=ZoneInfo("UTC")) - margin
    high = datetime.combine(end_date, time(0), tzinfo=ZoneInfo("UTC")) + margin
    hit = [
        meeting.pk
        for meeting in Meeting.objects.standing().within(low, high).select_related("pattern")
        if start_date <= meeting.starts_at.astimezone(ZoneInfo(meeting.pattern.zone)).date() <= end_date
    ]
    _cancel(Meeting.objects.filter(pk__in=hit))
    return closure


def _cancel(meetings: Any) -> None:
    keys = list(meetings.exclude(status=Meeting.Status.CANCELLED).values_list("pk", flat=True))
    claims = [*Meeting.objects.filter(pk__in=keys).values_list("room_claim", flat=True)]
    claims += MeetingInstructor.objects.filter(meeting__in=keys).values_list("claim", flat=True)
    release(claims)
    for meeting in Meeting.objects.filter(pk__in=keys):
        meeting.status = Meeting.Status.CANCELLED
        meeting.ical_sequence += 1
        meeting.save(update_fields=["status", "ical_sequence"])


def expand_many(plans: Sequence[tuple[MeetingPattern, Sequence[int]]]) -> list[ClaimRequest]:
    """Insert the dated meetings and claims of many saved patterns at once; return the claims that clashed.

    `plans` pairs a pattern with the keys of its instructors. A claim that clashes is kept soft, so nothing that arrived
    is lost. The caller owns the transaction and the locks.
    """
    spans = list(Closure.objects.values_list("start_date", "end_date"))
    prepared = [
        (pattern, occurrences_of(pattern, spans), list(people)) for pattern, people in plans if not pattern.is_tba
    ]
    return _insert(prepared, raise_refused=False)


def occurrences_of(pattern: MeetingPattern, closed: Iterable[tuple[date, date]]) -> list[Occurrence]:
    """Return the dated meetings the rule gives, without those on closed days."""
    spans = list(closed)
    found = weekly(
        pattern.days,
        pattern.start_time,  # type: ignore[arg-type]
        pattern.end_time,  # type: ignore[arg-type]
        ZoneInfo(pattern.zone),
        pattern.start_date,  # type: ignore[arg-type]
        pattern.end_date,  # type: ignore[arg-type]
        pattern.interval_weeks,
    )
    return [one for one in found if not any(first <= one.local_date <= last for first, last in spans)]


def _closed_days(pattern: MeetingPattern) -> list[tuple[date, date]]:
    touching = Closure.objects.filter(start_date__lte=pattern.end_date, end_date__gte=pattern.start_date)
    return list(touching.values_list("start_date", "end_date"))


def _refuse_small_room(room: Room, sections: Sequence[Section]) -> None:
    capacity = sum(section.capacity or 0 for section in sections)
    if room.capacity is not None and capacity > room.capacity:
        raise RoomTooSmall(room=str(room), seats=room.capacity, capacity=capacity)


def _refuse_own_overlap(
    pattern: MeetingPattern, sections: Sequence[Section], occurrences: Sequence[Occurrence]
) -> None:
    if not occurrences:
        return
    own = list(
        Meeting.objects.standing()
        .filter(pattern__sections__in=sections)
        .exclude(pattern=pattern)
        .within(occurrences[0].starts_at, occurrences[-1].ends_at)
        .values_list("starts_at", "ends_at")
    )
    for one in occurrences:
        if any(start < one.ends_at and one.starts_at < end for start, end in own):
            raise OwnMeetingsOverlap(when=_when(one.starts_at, ZoneInfo(pattern.zone)))


def _refuse_taken(
    room: Room | None, instructors: Sequence[Any], occurrences: Sequence[Occurrence], zone: ZoneInfo
) -> None:
    """Look at all claims, soft ones too, and name the first that is in the way."""
    if not occurrences:
        return
    span = (occurrences[0].starts_at, occurrences[-1].ends_at)
    live = Claim.objects.live(timezone.now()).within(*span).order_by("during")
    if room:
        _refuse_first(live.filter(room=room), occurrences, zone, RoomTaken, room=str(room))
    for instructor in instructors:
        taken = live.filter(person=instructor)
        _refuse_first(taken, occurrences, zone, InstructorTaken, instructor=str(instructor))


def _refuse_first(
    claims: Iterable[Claim], occurrences: Sequence[Occurrence], zone: ZoneInfo, error: Any, **facts: Any
) -> None:
    for claim in claims:
        start, end = claim.during.lower, claim.during.upper
        if any(one.starts_at < end and start < one.ends_at for one in occurrences):
            title, url = describe([claim])[claim.pk]
            raise error(event=title, url=url, when=_when(start, zone), **facts)


def _when(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %d %b %Y, %H:%M}"


def _insert(
    prepared: Sequence[tuple[MeetingPattern, Sequence[Occurrence], Sequence[Any]]], *, raise_refused: bool
) -> list[ClaimRequest]:
    meetings: list[Meeting] = []
    people: list[list[int]] = []
    for pattern, occurrences, instructors in prepared:
        keys = [one if isinstance(one, int) else one.pk for one in instructors]
        for one in occurrences:
            meetings.append(
                Meeting(
                    pattern=pattern,
                    original_start=one.starts_at,
                    starts_at=one.starts_at,
                    ends_at=one.ends_at,
                    room_id=pattern.room_id,
                    is_shifted=one.moved,
                )
            )
            people.append(keys)
    wishes: list[ClaimRequest] = []
    for meeting, keys in zip(meetings, people, strict=True):
        source = Claim.Source.EXAM if meeting.pattern.kind == "exam" else Claim.Source.MEETING
        if meeting.room_id:
            wishes.append(ClaimRequest(meeting.starts_at, meeting.ends_at, source, room_id=meeting.room_id))
        wishes += [ClaimRequest(meeting.starts_at, meeting.ends_at, source, person_id=key) for key in keys]
    ids, clashes = _place_all(wishes, raise_refused)
    given = iter(ids)
    room_claims = []
    person_claims: list[list[int]] = []
    for meeting, keys in zip(meetings, people, strict=True):
        room_claims.append(next(given) if meeting.room_id else None)
        person_claims.append([next(given) for _key in keys])
    for meeting, claim in zip(meetings, room_claims, strict=True):
        meeting.room_claim_id = claim
    Meeting.objects.bulk_create(meetings, batch_size=BATCH)
    MeetingInstructor.objects.bulk_create(
        [
            MeetingInstructor(meeting=meeting, instructor_id=key, claim_id=claim)
            for meeting, keys, claims in zip(meetings, people, person_claims, strict=True)
            for key, claim in zip(keys, claims, strict=True)
        ],
        batch_size=BATCH,
    )
    return clashes


def _place_all(wishes: Sequence[ClaimRequest], raise_refused: bool) -> tuple[list[int], list[ClaimRequest]]:
    ids: list[int | None] = []
    for start in range(0, len(wishes), BATCH):
        ids += place(wishes[start : start + BATCH])
    refused = [at for at, key in enumerate(ids) if key is None]
    if refused and raise_refused:
        # Locked and looked at before, so only something outside the operations can have come in between.
        wish = wishes[refused[0]]
        when = _when(wish.starts_at, ZoneInfo(settings.CAMPUS_TIME_ZONE))
        if wish.room_id:
            raise RoomTaken(room=str(Room.objects.get(pk=wish.room_id)), event="?", when=when)
        raise InstructorTaken(instructor="?", event="?", when=when)
    soft = [
        ClaimRequest(w.starts_at, w.ends_at, w.source, w.room_id, w.person_id, hard=False)
        for w in (wishes[at] for at in refused)
    ]
    for at, key in zip(refused, place(soft), strict=True):
        ids[at] = key
    return [key for key in ids if key is not None], soft
