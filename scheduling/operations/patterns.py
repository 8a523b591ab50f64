"""Plan when and where sections meet: patterns, their dated meetings and the claims of both."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.locks import lock
from core.recurrence import Occurrence, weekly
from courses.models import Section
from scheduling.errors import (
    InstructorTaken,
    MayNotEditMeetings,
    OwnMeetingsOverlap,
    ReasonMissing,
    RoomTaken,
    RoomTooSmall,
)
from scheduling.models import Claim, Closure, Meeting, MeetingInstructor, MeetingPattern, Room
from scheduling.operations.claims import ClaimRequest, place, release_expired
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
    capacity_reason: str = "",
) -> MeetingPattern:
    """Let `sections` meet every week of their dates and return the pattern; without a time it is to be arranged.

    Bit 0 of `days` is Monday; times are wall clock at the room's building, else on campus. Raises MayNotEditMeetings,
    ValidationError for impossible values, RoomTooSmall unless `ignore_capacity` with a reason, OwnMeetingsOverlap,
    RoomTaken and InstructorTaken, which name the other event. Locks the instructors, then the sections, then the room.
    """
    _ask(by)
    sections = _fresh(instructors, sections, room)
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
        capacity_reason=capacity_reason if ignore_capacity else "",
    )
    pattern.full_clean()
    if room:
        _refuse_small_room(room, sections, by, ignore_capacity, capacity_reason)
    pattern.save()
    pattern.sections.set(sections)
    pattern.instructors.set(instructors)
    if not pattern.is_tba:
        occurrences = occurrences_of(pattern, _closed_days(pattern))
        _refuse_own_overlap(pattern, sections, occurrences)
        _refuse_taken(room, instructors, occurrences, ZoneInfo(pattern.zone), by)
        _insert([(pattern, occurrences, list(instructors))], raise_refused=True, by=by)
    return pattern


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


def _ask(by: Any) -> None:
    if by is not None and not by.has_perm("scheduling.edit_meetings"):
        raise MayNotEditMeetings()


def _fresh(instructors: Iterable[Any], sections: Sequence[Section], *rooms: Room | None) -> list[Section]:
    """Lock people, sections and rooms; return the sections as they are now."""
    people = list(instructors)
    rows: list[Section] = lock(*people, *sections, *rooms)[len(people) : len(people) + len(sections)]
    return rows


def _refuse_small_room(room: Room, sections: Sequence[Section], by: Any, ignore: bool, reason: str) -> None:
    capacity = sum(section.capacity or 0 for section in sections)
    if room.capacity is None or capacity <= room.capacity:
        return
    if ignore and by is not None and not reason.strip():
        raise ReasonMissing()
    if not ignore:
        raise RoomTooSmall(room=str(room), seats=room.capacity, capacity=capacity)


def _refuse_own_overlap(
    pattern: MeetingPattern,
    sections: Sequence[Section],
    occurrences: Sequence[Occurrence],
    besides: Meeting | None = None,
) -> None:
    if not occurrences:
        return
    own = list(
        Meeting.objects.standing()
        .filter(pattern__sections__in=sections)
        .exclude(pk__in=[besides.pk] if besides else [])
        .within(occurrences[0].starts_at, occurrences[-1].ends_at)
        .values_list("starts_at", "ends_at")
    )
    for one in occurrences:
        if any(start < one.ends_at and one.starts_at < end for start, end in own):
            raise OwnMeetingsOverlap(when=_when(one.starts_at, ZoneInfo(pattern.zone)))


def _refuse_taken(
    room: Room | None, instructors: Sequence[Any], occurrences: Sequence[Occurrence], zone: ZoneInfo, by: Any
) -> None:
    """Look at all claims, soft ones too, and name the first that is in the way, as `by` may read it."""
    if not occurrences:
        return
    now = timezone.now()
    keys = [one.pk for one in instructors]
    span = (occurrences[0].starts_at, occurrences[-1].ends_at)
    release_expired(keys, [room.pk] if room else [], span, now)
    live = Claim.objects.live(now).within(*span).order_by("during")
    if room:
        _refuse_first(live.filter(room=room), occurrences, zone, RoomTaken, by, room=str(room))
    for instructor in instructors:
        taken = live.filter(person=instructor)
        _refuse_first(taken, occurrences, zone, InstructorTaken, by, instructor=str(instructor))


def raise_taken(wish: ClaimRequest, by: Any) -> None:
    """Say what the database found in the way of a claim."""
    zone = ZoneInfo(settings.CAMPUS_TIME_ZONE)
    room = Room.objects.filter(pk=wish.room_id or 0).select_related("building").first()
    people = list(get_user_model().objects.filter(pk=wish.person_id or 0))
    _refuse_taken(room, people, [Occurrence(wish.starts_at.date(), wish.starts_at, wish.ends_at, False)], zone, by)
    facts = {"event": _("another event"), "url": "", "when": _when(wish.starts_at, zone)}
    if room:
        raise RoomTaken(room=str(room), **facts)
    raise InstructorTaken(instructor=str(people[0]), **facts)


def _refuse_first(
    claims: Iterable[Claim], occurrences: Sequence[Occurrence], zone: ZoneInfo, error: Any, by: Any, **facts: Any
) -> None:
    for claim in claims:
        start, end = claim.during.lower, claim.during.upper
        if any(one.starts_at < end and start < one.ends_at for one in occurrences):
            title, url = describe([claim], by)[claim.pk]
            raise error(event=title, url=url, when=_when(start, zone), **facts)


def _when(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %d %b %Y, %H:%M}"


def _insert(
    prepared: Sequence[tuple[MeetingPattern, Sequence[Occurrence], Sequence[Any]]],
    *,
    raise_refused: bool,
    by: Any = None,
    kept: Mapping[date, tuple[UUID, int]] | None = None,
) -> list[ClaimRequest]:
    """Write meetings, instructors and claims. `kept`: identity and sequence of meetings that are written anew."""
    kept = kept or {}
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
            if one.local_date in kept:
                meetings[-1].public_id, sequence = kept[one.local_date]
                meetings[-1].ical_sequence = sequence + 1
            people.append(keys)
    wishes: list[ClaimRequest] = []
    for meeting, keys in zip(meetings, people, strict=True):
        source = Claim.Source.EXAM if meeting.pattern.kind == "exam" else Claim.Source.MEETING
        if meeting.room_id:
            wishes.append(ClaimRequest(meeting.starts_at, meeting.ends_at, source, room_id=meeting.room_id))
        wishes += [ClaimRequest(meeting.starts_at, meeting.ends_at, source, person_id=key) for key in keys]
    ids, clashes = _place_all(wishes, raise_refused, by)
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


def _place_all(wishes: Sequence[ClaimRequest], raise_refused: bool, by: Any) -> tuple[list[int], list[ClaimRequest]]:
    ids: list[int | None] = []
    for start in range(0, len(wishes), BATCH):
        ids += place(wishes[start : start + BATCH])
    refused = [at for at, key in enumerate(ids) if key is None]
    if refused and raise_refused:
        # Looked at before and locked, so only something outside the operations can have come in between.
        raise_taken(wishes[refused[0]], by)
    soft = [
        ClaimRequest(w.starts_at, w.ends_at, w.source, w.room_id, w.person_id, hard=False)
        for w in (wishes[at] for at in refused)
    ]
    for at, key in zip(refused, place(soft), strict=True):
        ids[at] = key
    return [key for key in ids if key is not None], soft
