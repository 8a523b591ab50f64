"""What the registrar has set for one section: restrictions, reserved seats, permissions, who waits for approval."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from courses.models import Section
from students.models import ClassInvitation, Enrollment, Override, Restriction, RuleKind, SelfEnrollment
from students.queries.seats import Seats, seats


@dataclass(frozen=True)
class SectionRules:
    section: Section
    seats: Seats
    restrictions: list[Restriction]
    reservations: list[Any]
    permits: list[Override]
    # What those who enroll themselves show, and how many addresses are invited.
    gate: SelfEnrollment | None
    invited: int

    @property
    def beyond(self) -> int:
        """How many students have a seat beyond the capacity, by permit."""
        return max(0, self.seats.taken - self.seats.capacity) if self.seats.capacity is not None else 0

    @property
    def open_capacity_permits(self) -> int:
        """How many permits beyond capacity are still open: each may let one more in past the line."""
        now = timezone.now()
        kinds = [row for row in self.permits if row.kind == RuleKind.CAPACITY and not row.used_at]
        return sum(row.expires_at is None or row.expires_at > now for row in kinds)


def rules_of(section: Section, now: datetime | None = None) -> SectionRules:
    """Return what is set for a section, in a few queries for any number of rows."""
    found = seats(section, now)
    restrictions = Restriction.objects.filter(Q(section=section) | Q(course=section.course_id))
    left = {row.reservation.pk: row.left for row in found.reserved}
    reservations: list[Any] = list(section.seat_reservations.select_related("program").order_by("priority", "pk"))
    for row in reservations:
        setattr(row, "left", left.get(row.pk))  # noqa: B010  what a template reads beside its columns
    permits = Override.objects.filter(section=section).select_related("student__user", "granted_by")
    return SectionRules(
        section=section,
        seats=found,
        restrictions=list(restrictions.select_related("program").order_by("pk")),
        reservations=reservations,
        permits=list(permits.order_by("-granted_at", "-pk")[:200]),
        gate=SelfEnrollment.objects.filter(section=section).first(),
        invited=ClassInvitation.objects.filter(section=section).count(),
    )


def approvals_to_give(user: Any) -> Any:
    """Return the enrollments that wait for an approval of `user`, the oldest first."""
    related = ("student__user", "section__course__subject", "section__term")
    return Enrollment.objects.approvable_by(user).select_related(*related).order_by("status_at", "pk")
