"""Plan when and where sections meet: patterns, their dated meetings and the claims of both."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.locks import lock
from core.recurrence import Occurrence, weekly
from courses.models import Section
from scheduling.errors import (
    MayNotEditMeetings,
    OwnMeetingsOverlap,
    ReasonMissing,
    RoomOutOfUse,
    RoomTooSmall,
    SectionOver,
    SectionsOfOneTerm,
)
from scheduling.models import Claim, Closure, Meeting, MeetingInstructor, MeetingPattern, Room
from scheduling.operations import clashes
from scheduling.operations.claims import ClaimRequest, place
from scheduling.operations.clashes import Place, place_of
from scheduling.policies import can_edit_meetings

BATCH = 5_000
LONGEST = timedelta(days=400)
EARLIEST, LATEST = 1970, 2200
OVER = {Section.Status.CANCELLED, Section.Status.COMPLETED}


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
    clash_reason: str = "",
) -> MeetingPattern:
    """Let `sections` meet every week of their dates and return the pattern; without a time it is to be arranged.

    Bit 0 of `days` is Monday; times are wall clock at the room's building, else on campus. Raises MayNotEditMeetings,
    ValidationError for impossible values, SectionOver, RoomOutOfUse, RoomTooSmall unless `ignore_capacity` with a
    reason, OwnMeetingsOverlap, RoomTaken and InstructorTaken, which name the other event. With a `clash_reason`, from
    those who resolve clashes, a taken room or instructor is taken all the same: that claim is soft, and the reason is
    kept. Locks the instructors, then the sections, then the room.
    """
    _ask(by)
    sections = _fresh(instructors, sections, room)
    _refuse_over(sections)
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
    _check(pattern)
    if room:
        _refuse_unused(room)
        _refuse_small_room(room, sections, by, ignore_capacity, capacity_reason)
    pattern.save()
    pattern.sections.set(sections)
    pattern.instructors.set(instructors)
    if not pattern.is_tba:
        occurrences = occurrences_of(pattern, _closed_days(pattern))
        _refuse_own_overlap(pattern, sections, occurrences)
        people, zone = list(instructors), ZoneInfo(pattern.zone)
        overlaps = clashes.look(room, people, occurrences, zone, by=by, reason=clash_reason)
        prepared = [(pattern, occurrences, people)]
        _insert(prepared, raise_refused=True, by=by, overlaps=overlaps, reason=clash_reason)
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
    if by is not None and not can_edit_meetings(by):
        raise MayNotEditMeetings()


def _check(pattern: MeetingPattern) -> None:
    """Raise ValidationError for a rule that is impossible, endless, or has no day."""
    if pattern.is_tba:
        pattern.days, pattern.start_time, pattern.end_time = 0, None, None
        pattern.start_date = pattern.end_date = None
    pattern.full_clean()
    if pattern.is_tba:
        return
    times = [at for at in (pattern.start_time, pattern.end_time) if at is not None]
    if any(at.second or at.microsecond or at.tzinfo for at in times):
        raise ValidationError({"start_time": _("Give times as hours and minutes.")})
    check_days(pattern.start_date, pattern.end_date)  # type: ignore[arg-type]
    if not occurrences_of(pattern, []):
        raise ValidationError({"days": _("None of these weekdays lies between the first and the last day.")})


def check_days(first: date, last: date) -> None:
    """Raise ValidationError for days that no calendar of a term holds."""
    if not EARLIEST <= first.year <= LATEST:
        years = {"first": EARLIEST, "last": LATEST}
        raise ValidationError({"start_date": _("Give a year from %(first)s to %(last)s.") % years})
    if last - first > LONGEST:
        raise ValidationError({"end_date": _("Give at most 400 days.")})


def _refuse_over(sections: Sequence[Section]) -> None:
    for section in sections:
        if section.status in OVER:
            raise SectionOver(section=str(section))
    if len({section.term_id for section in sections}) > 1:
        raise SectionsOfOneTerm()


def _refuse_unused(room: Room) -> None:
    # Asked of the row as it is now, under its lock.
    room.refresh_from_db(fields=["is_active", "capacity"])
    if not room.is_active:
        raise RoomOutOfUse(room=str(room))


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
            raise OwnMeetingsOverlap(when=clashes.when(one.starts_at, ZoneInfo(pattern.zone)))


def _insert(
    prepared: Sequence[tuple[MeetingPattern, Sequence[Occurrence], Sequence[Any]]],
    *,
    raise_refused: bool,
    by: Any = None,
    kept: Mapping[date, tuple[UUID, int]] | None = None,
    overlaps: Collection[clashes.Overlap] = (),
    reason: str = "",
    stood: clashes.Stood | None = None,
) -> list[ClaimRequest]:
    """Write meetings, instructors and claims, and return the claims that are soft.

    `kept`: identity and sequence of meetings that are written anew. `overlaps`: what may stand beside other claims.
    """
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
    may_be_soft = {one.place for one in overlaps} if raise_refused else None
    ids, soft = _place_all(wishes, may_be_soft, by)
    if overlaps:
        placed = {place_of(wish): key for wish, key in zip(wishes, ids, strict=True)}
        clashes.record(overlaps, placed, by=by, reason=reason, stood=stood)
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
    return soft


def _place_all(
    wishes: Sequence[ClaimRequest], may_be_soft: Collection[Place] | None, by: Any
) -> tuple[list[int], list[ClaimRequest]]:
    """Place every wish, softly where it is refused and `may_be_soft` (None: all); return ids and the soft ones."""
    ids: list[int | None] = []
    for start in range(0, len(wishes), BATCH):
        ids += place(wishes[start : start + BATCH])
    refused = [at for at, key in enumerate(ids) if key is None]
    for at in refused:
        if may_be_soft is not None and place_of(wishes[at]) not in may_be_soft:
            # Looked at before and locked, so only something outside the operations can have come in between.
            clashes.raise_taken(wishes[at], by)
    soft = [
        ClaimRequest(w.starts_at, w.ends_at, w.source, w.room_id, w.person_id, hard=False)
        for w in (wishes[at] for at in refused)
    ]
    for at, key in zip(refused, place(soft), strict=True):
        ids[at] = key
    return [key for key in ids if key is not None], soft
