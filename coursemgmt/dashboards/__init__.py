"""What the first page shows: what is next today, what waits, what has changed. Reads everything, writes nothing."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Value
from django.utils import timezone

from accounts.querysets import acts_as_advisor
from appointments.queries.timetable import Entry, entries_for, together
from core.recurrence import start_of_day
from coursemgmt.dashboards.advising import advising
from coursemgmt.dashboards.learning import learning
from coursemgmt.dashboards.office import office, operation
from coursemgmt.dashboards.teaching import finals_to_post, teaching
from courses.models import SectionInstructor, Term
from students.policies import can_grant_override
from students.queries.requests import requests_to_answer
from students.queries.section_rules import approvals_to_give

AHEAD = timedelta(days=14)
SHOWN = 6


def dashboard(user: Any) -> dict[str, Any]:
    """Return the parts of the first page for what this person is; each asks the same few queries for any amount."""
    now = timezone.now()
    terms = _terms(user, now)
    term = current_of(terms)
    learns, hosts = user.has_perm("students.enroll_self"), user.has_perm("appointments.host_appointments")
    advises = acts_as_advisor(user)
    # Who hosts as an advisor alone teaches nothing.
    teaches = hosts and (not advises or _assists(terms))
    shown: dict[str, Any] = {
        "current_term": term, "learns": learns, "teaches": teaches, "hosts": hosts, "advises": advises,
    }  # fmt: skip
    if learns or hosts:
        shown |= _days(user, now)
    if advises:
        shown |= advising(user)
    if learns:
        shown |= learning(user, now) | {"registration": _registration(terms, now), "assists": _assists(terms)}
        shown["keeps_hours"] = any(term.is_assisted for term in terms)
    if teaches:
        shown |= teaching(user, terms, now)
    if user.has_perm("courses.edit_any_section"):
        shown |= office(user, term, now) | {"registration": _registration(terms, now)}
    if can_grant_override(user) or teaches:
        shown |= _to_answer(user, teaches=teaches)
    if user.has_perm("notifications.view_outbox"):
        shown |= operation()
    return shown


def _terms(user: Any, now: datetime) -> list[Any]:
    """Return the terms that are not over, the first one first, each with whether this person teaches in it."""
    taught = SectionInstructor.objects.filter(instructor=user, section__term=OuterRef("pk"))
    found = Term.objects.visible_to(user).filter(end_date__gte=timezone.localdate() - timedelta(days=1))
    found = found.annotate(is_taught=Exists(taught), is_assisted=Exists(taught.filter(role="assistant")))
    return list(found.exclude(kind="year").order_by("start_date", "pk"))


def current_of(terms: list[Any]) -> Any:
    """Return the first of the terms that are not over: the one of today, else the next one."""
    return next((term for term in terms if term.kind != Term.Kind.PART_OF_TERM), None)


def _to_answer(user: Any, *, teaches: bool) -> dict[str, int]:
    """Return how many exceptions and seats students ask of this person, and how many grades wait, in one query."""
    found = {"asked": 0, "finals_to_post": 0}
    rows = [_count("asked", requests_to_answer(user)), _count("asked", approvals_to_give(user))]
    if teaches:
        rows.append(_count("finals_to_post", finals_to_post(user)))
    for word, number in rows[0].union(*rows[1:], all=True):
        found[word] += number
    return found


def _count(word: str, rows: Any) -> Any:
    named = rows.order_by().annotate(word=Value(word))
    return named.values_list("word").annotate(number=Count("pk", distinct=True))


def _assists(terms: list[Any]) -> bool:
    return any(term.is_taught for term in terms)


def _registration(terms: list[Any], now: datetime) -> list[dict[str, Any]]:
    """Return the terms whose registration is open or opens, with the next instant that matters."""
    found = []
    for term in terms:
        opens, closes = term.registration_opens_at, term.registration_closes_at
        if closes is None or closes <= now:
            continue
        deadlines = [at for at in (term.drop_deadline, term.withdraw_deadline) if at and at > now]
        is_open = opens is None or opens <= now
        found.append({"term": term, "is_open": is_open, "at": closes if is_open else opens, "deadlines": deadlines})
    return found


def _days(user: Any, now: datetime) -> dict[str, Any]:
    """Return today's entries, and the appointments and classes of the next day with any."""
    zone = timezone.get_current_timezone()
    today = start_of_day(timezone.localdate(), zone)  # type: ignore[arg-type]
    found = together(entries_for(user, today, now + AHEAD, cancelled=False, deadlines=False))
    tomorrow = today + timedelta(days=1)
    later = [entry for entry in found if timezone.localtime(entry.starts_at).date() > timezone.localdate()]
    return {
        "now": now,
        "today": [entry for entry in found if entry.starts_at < tomorrow and entry not in later],
        "next_day": _of_first_day(later),
        "appointments": [entry for entry in later if entry.kind == "appointment"][:SHOWN],
    }


def _of_first_day(entries: list[Entry]) -> list[Entry]:
    return [e for e in entries if _local_day(e) == _local_day(entries[0])]


def _local_day(entry: Entry) -> Any:
    return timezone.localtime(entry.starts_at).date()
