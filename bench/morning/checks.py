"""What must hold after the morning, asked of the rows themselves."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, F, Min

from bench.morning.course import Morning
from courses.models import Section, Term
from notifications.models import OutboxMessage
from students.models import Enrollment, WaitlistEntry, WaitlistEvent
from students.operations.line import somebody_may
from students.queries.ledger import ledger
from students.queries.seats import seats_of

# Two classes of one student that meet at the same time. A class that overlaps itself, as some of real terms do, is one.
CLASHES = """
    WITH taken AS (
        SELECT enrollment.id, enrollment.student_id,
               unnest(range_agg(tstzrange(meeting.starts_at, meeting.ends_at, '[)'))) AS during
        FROM students_enrollment enrollment
        JOIN courses_section section ON section.id = enrollment.section_id AND section.term_id = %s
        JOIN scheduling_meetingpattern_sections part ON part.section_id = section.id
        JOIN scheduling_meeting meeting ON meeting.pattern_id = part.meetingpattern_id
        WHERE enrollment.status = 'registered' AND meeting.status <> 'cancelled'
        GROUP BY enrollment.id, enrollment.student_id
    )
    SELECT count(*) FROM (
        SELECT lower(during) AS starts_at,
               max(upper(during)) OVER (
                   PARTITION BY student_id ORDER BY during, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
               ) AS busy_until
        FROM taken
    ) following WHERE busy_until > starts_at
"""


@dataclass(frozen=True)
class Promise:
    """A sentence that must be true, and how many rows speak against it."""

    words: str
    looked_at: int
    against: int

    @property
    def is_kept(self) -> bool:
        return self.against == 0


def promises(term: Term, morning: Morning, wave_of: dict[int, int]) -> list[Promise]:
    sections = list(Section.objects.filter(term=term, capacity__isnull=False).select_related("cross_list_group"))
    seats = seats_of(sections)
    live = Enrollment.objects.filter(section__term=term, status="registered")
    lines = _lines(sections)
    return [
        Promise(
            "No section has more students than seats",
            len(sections),
            sum(1 for found in seats.values() if found.taken + found.offered > (found.capacity or 0)),
        ),
        Promise("Nobody has two classes at one time", live.count(), _clashes(term)),
        Promise(
            "Nobody has two seats in one course",
            live.count(),
            live.values("student", "section__course").annotate(n=Count("pk")).filter(n__gt=1).count(),
        ),
        Promise("Nobody has a seat from before the own window", len(wave_of), _too_soon(term, morning, wave_of)),
        Promise(
            "Who came before the own window was told so",
            len(morning.early),
            sum(1 for code in morning.early if code != "window_closed"),
        ),
        Promise("The order of each line is the order of arrival", len(lines), _out_of_order(term)),
        Promise(
            "Each freed seat went to the first in line who could take it",
            len(lines),
            sum(1 for section in lines if not all(step.is_in_order for step in ledger(section))),
        ),
        Promise(
            "No seat is free while somebody in its line could take it",
            len(lines),
            sum(1 for section in lines if seats[section.pk].has_free and somebody_may(section)),
        ),
        Promise("Each seat was told of once", live.count(), _untold(term)),
    ]


def _lines(sections: list[Section]) -> list[Section]:
    waited = set(WaitlistEntry.objects.order_by().values_list("section", flat=True).distinct())
    return [section for section in sections if section.pk in waited]


def _clashes(term: Term) -> int:
    with connection.cursor() as cursor:
        cursor.execute(CLASHES, [term.pk])
        return int(cursor.fetchone()[0])


def _too_soon(term: Term, morning: Morning, wave_of: dict[int, int]) -> int:
    first = Enrollment.objects.filter(section__term=term).values_list("student").annotate(at=Min("enrolled_at"))
    return sum(1 for student, at in first if at < morning.opened[wave_of[student]])


def _out_of_order(term: Term) -> int:
    """Return how many places in line have an earlier number than somebody who came before."""
    behind, latest = 0, {}
    rows = (
        WaitlistEntry.objects.filter(section__term=term).order_by("section", "seq").values_list("section", "joined_at")
    )
    for section, at in rows:
        behind += at < latest.get(section, at)
        latest[section] = max(at, latest.get(section, at))
    return behind


def _untold(term: Term) -> int:
    """Return by how many the mails differ from the seats that were given."""
    given = Enrollment.objects.filter(section__term=term).aggregate(n=Count("events", filter=_given()))["n"]
    return abs(OutboxMessage.objects.filter(kind__in=["enrolled", "promoted"]).count() - given)


def _given() -> Any:
    from django.db.models import Q

    return Q(events__to_status="registered")


def freed(term: Term) -> dict[str, Any]:
    """Return who got the freed seats: how many, from which place in line, and why others were passed over."""
    promoted = WaitlistEvent.objects.filter(kind="promoted", entry__section__term=term)
    skipped = WaitlistEvent.objects.filter(kind="skipped", entry__section__term=term)
    ranks: dict[int, int] = defaultdict(int)
    for seq in promoted.annotate(seq=F("entry__seq")).values_list("seq", flat=True):
        ranks[seq] += 1
    why = skipped.order_by().values_list("code").annotate(n=Count("pk")).order_by("-n", "code")
    return {"seats": promoted.count(), "ranks": dict(sorted(ranks.items())), "passed_over": dict(why)}
