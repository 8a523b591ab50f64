"""Days on which nothing meets."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.locks import lock
from courses.models import Section
from scheduling.errors import MayNotEditClosures
from scheduling.models import Closure, Meeting, MeetingPattern, Room
from scheduling.operations import patterns
from scheduling.operations.changes import cancel, claim_again
from scheduling.operations.claims import ClaimRequest
from scheduling.policies import can_edit_rooms

# No zone is further from UTC than this.
MARGIN = timedelta(days=2)


def _ask(by: Any) -> None:
    if by is not None and not can_edit_rooms(by):
        raise MayNotEditClosures()


def _check(closure: Closure) -> None:
    closure.full_clean()
    patterns.check_days(closure.start_date, closure.end_date)


@transaction.atomic
def add_closure(name: str, start_date: date, end_date: date, *, by: Any) -> Closure:
    """Close the institution for these days: meetings in them are cancelled and their time freed."""
    _ask(by)
    closure = Closure(name=name, start_date=start_date, end_date=end_date)
    _check(closure)
    closure.save()
    _close(closure)
    return closure


@transaction.atomic
def move_closure(closure: Closure, start_date: date, end_date: date, *, by: Any) -> list[ClaimRequest]:
    """Close other days instead; what met on the old ones meets again. Return the claims that clash now."""
    _ask(by)
    closure = Closure.objects.select_for_update(no_key=True).get(pk=closure.pk)
    freed = (closure.start_date, closure.end_date)
    closure.start_date, closure.end_date = start_date, end_date
    _check(closure)
    closure.save()
    soft = _open(closure, *freed)
    _close(closure)
    return soft


@transaction.atomic
def remove_closure(closure: Closure, *, by: Any) -> list[ClaimRequest]:
    """Open the days again: future meetings the rules give stand again.

    Their time may have been taken since; then their claims are soft and returned, and the clash list shows them.
    """
    _ask(by)
    closure = Closure.objects.select_for_update(no_key=True).get(pk=closure.pk)
    freed = (closure.start_date, closure.end_date)
    # Asked for before the row goes, which would clear the link.
    cancelled = list(closure.cancelled_meetings.values_list("pk", flat=True))
    closure.delete()
    return _open(None, *freed, cancelled=cancelled)


def _lock_all(found: list[MeetingPattern]) -> None:
    keys = [pattern.pk for pattern in found]
    people = {person for pattern in found for person in pattern.instructors.all()}
    sections = Section.objects.filter(patterns__in=keys).distinct()
    rooms = Room.objects.filter(meetings__pattern__in=keys).distinct()
    lock(*people, *sections, *rooms, *Room.objects.filter(patterns__in=keys).distinct())


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    low = datetime.combine(first, time(0), tzinfo=UTC) - MARGIN
    return low, datetime.combine(last, time(0), tzinfo=UTC) + MARGIN


def _close(closure: Closure) -> None:
    first, last = closure.start_date, closure.end_date
    meetings = Meeting.objects.standing().within(*_span(first, last))
    _lock_all(list(MeetingPattern.objects.filter(meetings__in=meetings).distinct().prefetch_related("instructors")))
    # By the local day of each meeting's own place.
    hit = [
        meeting.pk
        for meeting in meetings.select_related("pattern")
        if first <= meeting.starts_at.astimezone(ZoneInfo(meeting.pattern.zone)).date() <= last
    ]
    cancel(Meeting.objects.filter(pk__in=hit), closure=closure)


def _open(closure: Closure | None, first: date, last: date, cancelled: list[int] | None = None) -> list[ClaimRequest]:
    now = timezone.now()
    spans = list(
        Closure.objects.filter(start_date__lte=last, end_date__gte=first).values_list("start_date", "end_date")
    )
    if cancelled is None:
        assert closure is not None  # noqa: S101 (one of the two is given)
        cancelled = list(closure.cancelled_meetings.values_list("pk", flat=True))
    running = MeetingPattern.objects.filter(is_tba=False, start_date__lte=last, end_date__gte=first)
    touched = list(running.prefetch_related("instructors", "meetings").order_by("pk"))
    _lock_all(touched)
    back = [
        meeting
        for meeting in Meeting.objects.filter(pk__in=cancelled, starts_at__gt=now)
        .select_related("pattern")
        .prefetch_related("meeting_instructors")
        if not _within(spans, meeting.starts_at.astimezone(ZoneInfo(meeting.pattern.zone)).date())
    ]
    # A meeting that had been moved by hand before the closure is moved still.
    for meeting in back:
        moved = meeting.starts_at != meeting.original_start
        Meeting.objects.filter(pk=meeting.pk).update(
            status=Meeting.Status.MOVED if moved else Meeting.Status.SCHEDULED,
            closure=None,
            reason="",
            ical_sequence=F("ical_sequence") + 1,
        )
    soft = claim_again(back, None)
    plans = []
    for pattern in touched:
        known = {meeting.original_start for meeting in pattern.meetings.all()}
        missing = [
            one
            for one in patterns.occurrences_of(pattern, spans)
            if first <= one.local_date <= last and one.starts_at > now and one.starts_at not in known
        ]
        plans.append((pattern, missing, list(pattern.instructors.all())))
    return [*soft, *patterns._insert(plans, raise_refused=False)]


def _within(spans: list[tuple[date, date]], day: date) -> bool:
    return any(start <= day <= end for start, end in spans)
