"""The class search of a term: what is offered, when, by whom, with how many seats (W07)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from courses.models import Course, Section, SectionInstructor, Term
from courses.queries import matching
from scheduling.models import MeetingPattern
from scheduling.queries.meetings import pattern_words
from students.models import Enrollment, WaitlistEntry
from students.queries.seats import Seats, seats, seats_of

PAGE = 20


@dataclass(frozen=True)
class Wanted:
    """What is looked for; None and empty mean everything. `weekdays` is a bit mask, bit 0 Monday."""

    term: Term | None = None
    text: str = ""
    subject: str = ""
    instructor: str = ""
    weekdays: int = 0
    time_from: time | None = None
    time_to: time | None = None
    open_only: bool = False
    delivery: str = ""


@dataclass(frozen=True)
class Row:
    section: Section
    seats: Seats
    meetings: list[str]
    rooms: list[str]
    instructors: list[str]


def search_sections(wanted: Wanted, user: Any) -> QuerySet[Section]:
    """Return the sections that `user` may see and that match, in the order of the catalogue."""
    found: QuerySet[Section] = Section.objects.visible_to(user)
    if wanted.term is not None:
        found = found.filter(term=wanted.term)
    if wanted.text:
        courses = matching(Course.objects.visible_to(user), wanted.text)
        found = found.filter(Q(course__in=courses.values("pk")) | Q(crn=wanted.text) | Q(title__icontains=wanted.text))
    if wanted.subject:
        found = found.filter(course__subject__code__iexact=wanted.subject)
    for word in wanted.instructor.split()[:5]:
        named = Q(instructor__family_name__icontains=word) | Q(instructor__given_name__icontains=word)
        named |= Q(instructor__preferred_name__icontains=word)
        found = found.filter(Exists(SectionInstructor.objects.filter(named, section=OuterRef("pk"))))
    if wanted.weekdays or wanted.time_from or wanted.time_to:
        found = found.filter(Exists(_patterns(wanted)))
    if wanted.delivery:
        found = found.filter(instructional_method=wanted.delivery)
    if wanted.open_only:
        found = _with_free_seats(found)
    return in_catalog_order(found)


def in_catalog_order(found: QuerySet[Section]) -> QuerySet[Section]:
    return found.order_by("course__sort_key", "section_number", "pk")


def _patterns(wanted: Wanted) -> Any:
    """Patterns of the outer section: on one of the days, within the times."""
    patterns = MeetingPattern.objects.filter(sections=OuterRef("pk"), is_tba=False, kind=MeetingPattern.Kind.CLASS)
    if wanted.weekdays:
        patterns = patterns.annotate(hit=F("days").bitand(wanted.weekdays)).filter(hit__gt=0)
    if wanted.time_from:
        patterns = patterns.filter(start_time__gte=wanted.time_from)
    if wanted.time_to:
        patterns = patterns.filter(end_time__lte=wanted.time_to)
    return patterns


def _with_free_seats(found: QuerySet[Section]) -> QuerySet[Section]:
    """Leave the open sections in which a newcomer would get a seat."""
    now = timezone.now()
    holding = Enrollment.objects.holding(now).order_by()
    offers = WaitlistEntry.objects.offered(now).order_by()
    section, group = OuterRef("pk"), OuterRef("cross_list_group")
    own = _number(holding.filter(section=section), "section") + _number(offers.filter(section=section), "section")
    in_group, key = {"section__cross_list_group": group}, "section__cross_list_group"
    shared = _number(holding.filter(**in_group), key) + _number(offers.filter(**in_group), key)
    over = Q(section__waitlist_closes_at__lte=now)
    waiting = WaitlistEntry.objects.waiting().filter(section=section).exclude(over)
    return found.filter(~Exists(waiting), status=Section.Status.OPEN).filter(
        Q(capacity=None) | Q(capacity__gt=own),
        Q(cross_list_group=None) | Q(cross_list_group__capacity=None) | Q(cross_list_group__capacity__gt=shared),
    )


def _number(rows: Any, field: str) -> Any:
    """Return how many rows there are of the outer section or group."""
    counted = rows.values(field).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def rows_of(sections: Iterable[Section]) -> list[Row]:
    """Return what a list shows of each section, read `with_facts`; two more queries however many there are."""
    found = list(sections)
    counted = seats_of(found)
    return [_row(section, counted[section.pk]) for section in found]


def row_of(section: Section) -> Row:
    """Return what the page of one section shows of it, read `with_facts`."""
    return _row(section, seats(section))


def with_facts(sections: QuerySet[Section]) -> QuerySet[Section]:
    teaching = SectionInstructor.objects.select_related("instructor")
    patterns = MeetingPattern.objects.select_related("room__building").order_by("start_date", "pk")
    return sections.select_related("course__subject", "term__parent", "cross_list_group").prefetch_related(
        Prefetch("section_instructors", queryset=teaching), Prefetch("patterns", queryset=patterns)
    )


def _row(section: Section, seats: Seats) -> Row:
    patterns = list(section.patterns.all())
    return Row(
        section=section,
        seats=seats,
        meetings=[pattern_text(pattern) for pattern in patterns],
        rooms=[str(pattern.room) for pattern in patterns if pattern.room],
        instructors=[item.instructor.display_name for item in section.section_instructors.all()],
    )


def pattern_text(pattern: MeetingPattern, reader_zone: str = "") -> str:
    """Return days and hours, or an empty text for a meeting to be arranged.

    The hours are those of the place; its zone is named when `reader_zone` is another.
    """
    if pattern.is_tba:
        return ""
    text = pattern_words(pattern)
    return text if reader_zone in ("", pattern.zone) else f"{text} ({pattern.zone})"


def terms_for(user: Any) -> QuerySet[Term]:
    return Term.objects.visible_to(user).exclude(kind=Term.Kind.YEAR)
