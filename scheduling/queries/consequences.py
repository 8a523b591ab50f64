"""What would follow from a deed, said before it is done."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import ngettext

from core.recurrence import weekly
from courses.models import Section
from scheduling.models import Closure, Meeting, MeetingPattern, Room

# No zone is further from UTC than this.
MARGIN = timedelta(days=2)
OVER = ("cancelled", "completed")


@dataclass(frozen=True)
class ClosureEffect:
    """How many meetings a closure will cancel, and how many will stand again."""

    cancelled: int
    standing_again: int


def of_closure(closure: Closure | None, days: tuple[date, date] | None) -> ClosureEffect:
    """Return what follows when `closure` (None: a new one) closes `days` (None: is removed)."""
    mine = closure.cancelled_meetings.all() if closure else Meeting.objects.none()
    back = list(mine.filter(starts_at__gt=timezone.now()).select_related("pattern"))
    rest = Closure.objects.exclude(pk=closure.pk) if closure else Closure.objects.all()
    others = list(rest.values_list("start_date", "end_date"))
    closed = [*others, days] if days else others
    again = sum(not _within(closed, _local_day(one)) for one in back)
    if closure:
        again += _never_planned(closure.start_date, closure.end_date, closed)
    if days is None:
        return ClosureEffect(0, again)
    standing = Meeting.objects.standing().within(*_span(*days)).select_related("pattern")
    hit = [one for one in standing if days[0] <= _local_day(one) <= days[1]]
    return ClosureEffect(len(hit), again)


def _never_planned(first: date, last: date, closed: list[tuple[date, date]]) -> int:
    """Count what patterns would have met on these days, had they not been closed when it was planned."""
    now, count = timezone.now(), 0
    running = MeetingPattern.objects.filter(is_tba=False, start_date__lte=last, end_date__gte=first)
    for pattern in running.prefetch_related("meetings"):
        known = {meeting.original_start for meeting in pattern.meetings.all()}
        rule = weekly(
            pattern.days,
            pattern.start_time,  # type: ignore[arg-type]
            pattern.end_time,  # type: ignore[arg-type]
            ZoneInfo(pattern.zone),
            pattern.start_date,  # type: ignore[arg-type]
            min(last, pattern.end_date),  # type: ignore[type-var,arg-type]
            pattern.interval_weeks,
        )
        count += sum(
            one.local_date >= first
            and not _within(closed, one.local_date)
            and one.starts_at > now
            and one.starts_at not in known
            for one in rule
        )
    return count


def _within(spans: list[tuple[date, date]], day: date) -> bool:
    return any(first <= day <= last for first, last in spans)


def _local_day(meeting: Meeting) -> date:
    return meeting.starts_at.astimezone(ZoneInfo(meeting.pattern.zone)).date()


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    low = datetime.combine(first, time(0), tzinfo=UTC) - MARGIN
    return low, datetime.combine(last, time(0), tzinfo=UTC) + MARGIN


def coming_in(room: Room) -> int:
    """Return how many meetings are still planned in a room."""
    return Meeting.objects.standing().filter(room=room, starts_at__gt=timezone.now()).count()


def of_cancelled_section(section: Section) -> list[str]:
    """Say how many meetings would be cancelled with a section."""
    shared = Section.objects.exclude(pk=section.pk).exclude(status__in=OVER)
    kept = MeetingPattern.objects.filter(sections__in=shared)
    alone = section.patterns.exclude(pk__in=kept.values("pk"))
    count = Meeting.objects.standing().filter(starts_at__gt=timezone.now(), pattern__in=alone).count()
    if not count:
        return []
    text = ngettext("%(n)s coming meeting is cancelled.", "%(n)s coming meetings are cancelled.", count)
    return [text % {"n": count}]
