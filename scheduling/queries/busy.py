"""The one conflict engine: whose time is taken, by what, and where to read more."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Section
from scheduling.models import Claim, Meeting, MeetingInstructor


@dataclass(frozen=True)
class Busy:
    """A stretch of a person's time that is taken; `title` is for the person's own eyes and for staff."""

    user_id: int
    starts_at: datetime
    ends_at: datetime
    kind: str
    title: str
    url: str = ""
    hard: bool = True
    claim_id: int | None = None


Provider = Callable[[Collection[int], datetime, datetime], Iterable[Busy]]
# A describer gets claims and who reads, and returns {claim id: (title, url)} of those that the reader may know of;
# the reader None is the system itself, which says what kind of thing it is and nothing of a private one.
Describer = Callable[[Collection[Claim], Any], dict[int, tuple[str, str]]]

_providers: list[Provider] = []
_describers: dict[str, Describer] = {}


def register_provider(provider: Provider) -> None:
    """Add a source of busy times that is not kept as claims, such as the classes of students."""
    if provider not in _providers:
        _providers.append(provider)


def register_describer(source: str, describer: Describer) -> None:
    """Say how claims of `source` are named; the app that owns them registers it when it starts."""
    _describers[source] = describer


def busy_times(
    users: Iterable[Any], start: datetime, end: datetime, viewer: Any = None, *, named: bool = True
) -> list[Busy]:
    """Return what takes the time of `users` in the half-open span, by start. `users` are people or their keys.

    Claims are named as `viewer` may read them; without `named` their titles are empty, which saves the queries.
    """
    ids = {user if isinstance(user, int) else user.pk for user in users}
    claims = list(Claim.objects.live(timezone.now()).within(start, end).filter(person__in=ids))
    names = describe(claims, viewer) if named else dict.fromkeys((claim.pk for claim in claims), ("", ""))
    found = [
        Busy(
            user_id=claim.person_id or 0,
            starts_at=claim.during.lower,
            ends_at=claim.during.upper,
            kind=claim.source,
            title=names[claim.pk][0],
            url=names[claim.pk][1],
            hard=claim.hard,
            claim_id=claim.pk,
        )
        for claim in claims
    ]
    for provider in _providers:
        found.extend(provider(ids, start, end))
    return sorted(found, key=lambda busy: (busy.starts_at, busy.ends_at, busy.user_id))


def describe(claims: Collection[Claim], viewer: Any = None) -> dict[int, tuple[str, str]]:
    """Return the title and the link of what stands behind each claim; "Busy" where `viewer` may not know it."""
    named: dict[int, tuple[str, str]] = {claim.pk: (_("Busy"), "") for claim in claims}
    for source in {claim.source for claim in claims}:
        describer = _describers.get(source)
        if describer:
            named.update(describer([claim for claim in claims if claim.source == source], viewer))
    return named


def describe_meetings(claims: Collection[Claim], viewer: Any = None) -> dict[int, tuple[str, str]]:
    """Name the sections, of those that `viewer` may see, whose meeting holds the claim."""
    keys = [claim.pk for claim in claims]
    by_meeting: dict[int, list[int]] = {}
    for claim, meeting in Meeting.objects.filter(room_claim__in=keys).values_list("room_claim", "pk"):
        by_meeting.setdefault(meeting, []).append(claim)
    for claim, meeting in MeetingInstructor.objects.filter(claim__in=keys).values_list("claim", "meeting"):
        by_meeting.setdefault(meeting, []).append(claim)
    named: dict[int, tuple[str, str]] = {}
    seen = Section.objects.all() if viewer is None else Section.objects.visible_to(viewer)
    named_sections = Prefetch("pattern__sections", queryset=seen.select_related("course__subject"))
    for found in Meeting.objects.filter(pk__in=by_meeting).select_related("pattern").prefetch_related(named_sections):
        sections = list(found.pattern.sections.all())
        if not sections:
            continue
        title = sections_title(sections)
        for claim in by_meeting[found.pk]:
            named[claim] = (title, section_url(sections[0]))
    return named


def sections_title(sections: Collection[Section]) -> str:
    """Name the sections that share a meeting shortly: "MUS 4 A01, A02", or "MUS 4 A01 +7"."""
    rows = sorted(sections, key=str)
    if len(rows) == 2 and rows[0].course_id == rows[1].course_id:
        return f"{rows[0]}, {rows[1].section_number}"
    if len(rows) > 2:
        return f"{rows[0]} +{len(rows) - 1}"
    return ", ".join(str(row) for row in rows)


def section_url(section: Any) -> str:
    # The page stands in an app to the right; without it there is no link.
    try:
        return reverse("students:section_detail", args=[section.public_id])
    except NoReverseMatch:
        return ""
