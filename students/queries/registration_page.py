"""A student's own registration: windows, credits and holds of the terms that are not over."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone

from courses.models import Term
from students.models import Enrollment, Hold, StudentProfile
from students.queries.credits import Ticket, ticket_of


@dataclass(frozen=True)
class TermFacts:
    """One term: when this student registers, and the credits taken of those that are asked for."""

    term: Term
    ticket: Ticket
    credits: Decimal

    @property
    def opens_at(self) -> datetime | None:
        return self.ticket.opens_at if self.ticket.window else self.term.in_force("registration_opens_at")

    @property
    def closes_at(self) -> datetime | None:
        own = self.ticket.window.closes_at if self.ticket.window and self.ticket.is_open else None
        return own or self.term.in_force("registration_closes_at")

    @property
    def is_open(self) -> bool:
        now, opens = timezone.now(), self.term.in_force("registration_opens_at")
        closes = self.term.in_force("registration_closes_at")
        return self.ticket.is_open and (opens is None or opens <= now) and (closes is None or now < closes)

    @property
    def is_below(self) -> bool:
        """Whether fewer credits are taken than the least."""
        return bool(self.ticket.credits_min is not None and self.credits < self.ticket.credits_min)


@dataclass(frozen=True)
class OwnRegistration:
    student: StudentProfile
    terms: list[TermFacts]
    holds: list[Hold]


def registration_of(student: StudentProfile, user: Any, now: datetime | None = None) -> OwnRegistration:
    """Return what `user` may see of the student's registration, the first term first."""
    now = now or timezone.now()
    found = Term.objects.visible_to(user).filter(end_date__gte=timezone.localdate())
    whole = found.exclude(kind=Term.Kind.YEAR).exclude(kind=Term.Kind.PART_OF_TERM, parent__isnull=False)
    rows = list(whole.select_related("parent").order_by("start_date", "pk")[:6])
    taken = credits_by_term(student, rows, now)
    terms = [TermFacts(term, ticket_of(student, term, now), taken.get(term.pk, Decimal(0))) for term in rows]
    holds = Hold.objects.visible_to(user).active().filter(student_id=student.pk).order_by("placed_at", "pk")
    return OwnRegistration(student, terms, list(holds))


def credits_by_term(student: StudentProfile, terms: list[Term], now: datetime) -> dict[int, Decimal]:
    """Return the credits of the student's seats in each whole term, its parts included."""
    held = Enrollment.objects.holding(now).filter(student_id=student.pk).exclude(status=Enrollment.Status.AUDITING)
    part = Q(section__term__kind=Term.Kind.PART_OF_TERM, section__term__parent__in=terms)
    rows = held.filter(part | Q(section__term__in=terms)).order_by()
    found: dict[int, Decimal] = {}
    keys = {term.pk for term in terms}
    facts = rows.values_list("section__term_id", "section__term__parent_id").annotate(total=Sum("credit_hours"))
    for term, parent, total in facts:
        key = term if term in keys else parent
        found[key] = found.get(key, Decimal(0)) + total
    return found


def below_minimum(enrollment: Enrollment, now: datetime) -> tuple[Decimal, Decimal] | None:
    """Return the credits that would be left without this enrollment and the least, when it would be too few."""
    student, term = enrollment.student, enrollment.section.term.whole
    least = ticket_of(student, term, now).credits_min
    left = credits_by_term(student, [term], now).get(term.pk, Decimal(0)) - enrollment.credit_hours
    return (left, least) if least is not None and left < least else None
