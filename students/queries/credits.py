"""How many credits a student has earned and takes in a term, and when the own registration window is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Max

from courses.models import Term
from students.models import Enrollment, RegistrationWindow, StudentProfile
from students.validators import NO_CREDIT

# How many fallbacks of a window are followed.
CHAIN = 10


@dataclass(frozen=True)
class Ticket:
    """A student's registration window in a term at one instant, and the credits that it allows.

    `window` is the one that is open, else the own one; None where the term has none for this student, and then its
    own dates alone hold. `opens_at` is the next instant at which one opens.
    """

    window: RegistrationWindow | None
    is_open: bool
    opens_at: datetime | None
    closed_at: datetime | None
    credits_min: Decimal | None
    credits_max: Decimal | None


def ticket_of(student: StudentProfile, term: Term, now: datetime) -> Ticket:
    """Return the window of the student in a whole term, by one query, two where credits earned are asked for."""
    found = list(RegistrationWindow.objects.filter(term=term).select_related("program").order_by("priority", "pk"))
    chain = _chain(student, found)
    window = next((row for row in chain if _is_open(row, now)), chain[0] if chain else None)
    closed = [row.closes_at for row in chain if row.closes_at and row.closes_at <= now]
    return Ticket(
        window=window,
        is_open=window is None or _is_open(window, now),
        opens_at=min((row.opens_at for row in chain if row.opens_at > now), default=None),
        closed_at=max(closed, default=None),
        credits_min=_first(window.credits_min if window else None, term.credits_min),
        credits_max=_first(window.credits_max if window else None, term.credits_max),
    )


def no_ticket(term: Term) -> Ticket:
    """Return what holds in a whole term that has no windows."""
    return Ticket(None, True, None, None, term.credits_min, term.credits_max)


def _chain(student: StudentProfile, windows: list[RegistrationWindow]) -> list[RegistrationWindow]:
    """Return the student's own window and those that hold outside of it, one after the other."""
    earned = earned_credits(student) if any(row.credits_from is not None for row in windows) else Decimal(0)
    own = next((row for row in windows if row.fits(student) and (row.credits_from or 0) <= earned), None)
    by_key: dict[int | None, RegistrationWindow] = {row.pk: row for row in windows}
    chain: list[RegistrationWindow] = []
    while own is not None and own not in chain and len(chain) < CHAIN:
        chain.append(own)
        own = by_key.get(own.fallback_id)
    return chain


def _is_open(window: RegistrationWindow, now: datetime) -> bool:
    return window.opens_at <= now and (window.closes_at is None or now < window.closes_at)


def _first(own: Decimal | None, general: Decimal | None) -> Decimal | None:
    return general if own is None else own


def earned_credits(student: StudentProfile) -> Decimal:
    """Return the credits of completed courses with a posted grade that earns some; a repeated course counts once."""
    done = Enrollment.objects.filter(
        student_id=student.pk, status=Enrollment.Status.COMPLETED, final_grade__posted_at__isnull=False
    )
    done = done.exclude(final_grade__grade__in=["", *NO_CREDIT])
    per_course = done.order_by().values("section__course").annotate(most=Max("credit_hours"))
    return sum((row["most"] for row in per_course), Decimal(0))
