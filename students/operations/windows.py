"""What the registrar sets for registration: windows, restrictions, reserved seats."""

from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from core.locks import lock
from courses.models import Course, Section, Term
from students.errors import MayNotSetRules, ReservedTooMany, WindowInCircle, WindowInUse
from students.models import RegistrationWindow, Restriction, SeatReservation
from students.operations.lines import try_lines
from students.operations.waitlist import promote
from students.policies import can_edit_registration

WINDOW_FIELDS = {
    "name", "level", "standing", "program", "credits_from", "priority", "opens_at", "closes_at", "credits_min",
    "credits_max", "fallback",
}  # fmt: skip
AUDIENCE = {"level", "standing", "program"}
CHAIN = 10


def _require(by: Any) -> None:
    if by is not None and not can_edit_registration(by):
        raise MayNotSetRules()


def _known(fields: dict[str, Any], allowed: set[str]) -> None:
    if unknown := set(fields) - allowed:
        raise ValueError(f"Not a field of this deed: {', '.join(sorted(unknown))}")


@transaction.atomic
def create_window(term: Term, *, by: Any, **fields: Any) -> RegistrationWindow:
    """Set when some students register for a term; locks it. MayNotSetRules, WindowInCircle, ValidationError."""
    _require(by)
    _known(fields, WINDOW_FIELDS)
    lock(term)
    return _saved(RegistrationWindow(term=term, **fields))


@transaction.atomic
def change_window(window: RegistrationWindow, *, by: Any, **fields: Any) -> RegistrationWindow:
    """Change the given fields of a window; locks its term. Seats that were taken stay. As `create_window`."""
    _require(by)
    _known(fields, WINDOW_FIELDS)
    lock(window.term)
    fresh = RegistrationWindow.objects.select_related("term", "program", "fallback").get(pk=window.pk)
    for name, value in fields.items():
        setattr(fresh, name, value)
    return _saved(fresh)


def _saved(window: RegistrationWindow) -> RegistrationWindow:
    window.full_clean()
    seen, after = [window.pk], window.fallback
    while after is not None:
        if after.pk in seen or after.term_id != window.term_id or len(seen) >= CHAIN:
            raise WindowInCircle()
        seen.append(after.pk)
        after = after.fallback
    window.save()
    return window


@transaction.atomic
def remove_window(window: RegistrationWindow, *, by: Any) -> RegistrationWindow:
    """Take a window away and return what it was; WindowInUse while another one falls back on it. Locks its term."""
    _require(by)
    lock(window.term)
    if RegistrationWindow.objects.filter(fallback=window).exists():
        raise WindowInUse()
    window.delete()
    return window


@transaction.atomic
def restrict(target: Course | Section, *, by: Any, **audience: Any) -> Restriction:
    """Let a course or a section take these students only, or these too where it is restricted already.

    MayNotSetRules, or ValidationError when it names nobody. Locks the target. Seats that were taken stay.
    """
    _require(by)
    _known(audience, AUDIENCE)
    lock(target)
    place = {"course": target} if isinstance(target, Course) else {"section": target}
    row = Restriction(**place, **audience)
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def lift_restriction(restriction: Restriction, *, by: Any) -> None:
    """Take a restriction away; lines that it held back try again."""
    _require(by)
    target: Any = restriction.course or restriction.section
    lock(target)
    restriction.delete()
    try_lines(**({"section__course": target} if isinstance(target, Course) else {"section": target}))


@transaction.atomic
def reserve_seats(section: Section, *, by: Any, seats: int, **fields: Any) -> SeatReservation:
    """Keep `seats` of a section for some students until `releases_at`; locks the section.

    MayNotSetRules, ReservedTooMany when all reserved seats were more than the capacity, ValidationError.
    """
    _require(by)
    _known(fields, {*AUDIENCE, "releases_at", "priority"})
    [section] = lock(section)
    now = timezone.now()
    kept = SeatReservation.objects.filter(section=section).exclude(releases_at__lte=now)
    total = (kept.aggregate(total=Sum("seats"))["total"] or 0) + seats
    if section.capacity is not None and total > section.capacity:
        raise ReservedTooMany(total=total, capacity=section.capacity)
    row = SeatReservation(section=section, seats=seats, **fields)
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def release_seats(reservation: SeatReservation, *, by: Any) -> SeatReservation:
    """Give what is left of reserved seats to everybody now; the line moves. Twice is harmless. Locks the section."""
    _require(by)
    lock(reservation.section)
    row = SeatReservation.objects.select_related("section").get(pk=reservation.pk)
    now = timezone.now()
    if row.releases_at is None or row.releases_at > now:
        row.releases_at = now
    row.released_at = row.released_at or now
    row.save(update_fields=["releases_at", "released_at"])
    try_lines(section=row.section)
    return row


def release_due() -> int:
    """Let the lines of sections move whose reserved seats have been released by time; return how many there were.

    The seats are free at that instant by themselves, for they are counted from rows; this is for who waits.
    """
    due = SeatReservation.objects.filter(releases_at__lte=timezone.now(), released_at__isnull=True)
    rows = list(due.select_related("section").order_by("pk"))
    for section in {row.section_id: row.section for row in rows}.values():
        promote(section, by=None)
    SeatReservation.objects.filter(pk__in=[row.pk for row in rows]).update(released_at=timezone.now())
    return len(rows)
