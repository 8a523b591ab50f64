"""Chainable reads of learners' records."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.querysets import advisees_of, confirmed_addresses
from courses.querysets import GRADES

if TYPE_CHECKING:
    from students.models import (  # noqa: F401  named in quotes below
        Enrollment,
        GradeItem,
        Guardianship,
        Hold,
        Override,
        OverrideRequest,
        PreEnrollment,
        StudentProfile,
        WaitlistEntry,
    )

LIVE = ["pending_approval", "pending_payment", "registered", "auditing"]
# Is in the class or finished it; who waits for an approval or a payment is not in it yet.
SEATED = ["registered", "auditing", "completed", "incomplete"]
# Has a place in line: waits, or holds an offer.
IN_LINE = ["waiting", "offered"]
STAFF = "students.view_any_record"
# Rules that whoever teaches a section may lift in it; the others are for staff.
LIFTED_BY_INSTRUCTORS = ["prerequisite", "time_conflict", "capacity", "consent"]


def acts_in_sections(user: Any) -> bool:
    """May `user` act in this request as somebody who teaches? A token does when one of its scopes is for that."""
    return user.contexts is None or "section" in user.contexts


def _taught(user: Any, *roles: str) -> Any:
    """Sections in which `user` has one of the roles, or any when none is named."""
    from courses.models import SectionInstructor  # a late import: models of this app import this module

    found = SectionInstructor.objects.filter(instructor=user)
    if not acts_in_sections(user):
        found = found.none()
    return (found.filter(role__in=roles) if roles else found).values("section")


class StudentProfileQuerySet(models.QuerySet["StudentProfile"]):
    def visible_to(self, user: Any) -> "StudentProfileQuerySet":
        """One's own, those of one's advisees, and all for staff."""
        if not user.is_authenticated:
            return self.none()
        return self if user.has_perm(STAFF) else self.filter(Q(user=user) | Q(user__in=advisees_of(user)))


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def visible_to(self, user: Any) -> "EnrollmentQuerySet":
        """Own enrollments, those of sections one teaches and of one's advisees, and all for staff."""
        if not user.is_authenticated:
            return self.none()
        if user.has_perm(STAFF):
            return self
        advised = Q(student__user__in=advisees_of(user))
        return self.filter(Q(student__user=user) | Q(section__in=_taught(user)) | advised)

    def seated(self) -> "EnrollmentQuerySet":
        return self.filter(status__in=SEATED)

    def live(self) -> "EnrollmentQuerySet":
        return self.filter(status__in=LIVE)

    def approvable_by(self, user: Any) -> "EnrollmentQuerySet":
        """Those that wait for an approval which `user` may give, oneself aside."""
        found = self.filter(status="pending_approval").exclude(student__user=user)
        if user.has_perm("students.grant_override"):
            return found
        return found.filter(section__approval="instructor", section__in=_taught(user, "instructor"))

    def holding(self, now: datetime) -> "EnrollmentQuerySet":
        """Enrollments that take a seat."""
        return self.filter(
            Q(status__in=["registered", "auditing"]) | Q(status="pending_payment", hold_expires_at__gt=now)
        )

    def unpaid(self, now: datetime) -> "EnrollmentQuerySet":
        """Enrollments that were not paid in time and are not ended yet."""
        return self.filter(status="pending_payment", hold_expires_at__lte=now)


class WaitlistEntryQuerySet(models.QuerySet["WaitlistEntry"]):
    def visible_to(self, user: Any) -> "WaitlistEntryQuerySet":
        """Own places in line, the lines of sections one is instructor of, those of advisees, and all for staff."""
        if not user.is_authenticated:
            return self.none()
        if user.has_perm(STAFF):
            return self
        advised = Q(student__user__in=advisees_of(user))
        return self.filter(Q(student__user=user) | Q(section__in=_taught(user, "instructor")) | advised)

    def waiting(self) -> "WaitlistEntryQuerySet":
        return self.filter(status="waiting")

    def in_line(self) -> "WaitlistEntryQuerySet":
        """Those who wait and those to whom a seat is offered."""
        return self.filter(status__in=IN_LINE)

    def offered(self, now: datetime) -> "WaitlistEntryQuerySet":
        """Places whose offer can still be accepted: each takes a seat."""
        return self.filter(status="offered", offer_expires_at__gt=now)

    def lapsed(self, now: datetime) -> "WaitlistEntryQuerySet":
        """Places whose offer has ended unanswered and is not written down as such yet."""
        return self.filter(status="offered", offer_expires_at__lte=now)

    def in_order(self) -> "WaitlistEntryQuerySet":
        """The total order of the line: displaced first, then class, choice and number."""
        return self.order_by("-displaced", "priority_class", "choice", "seq")


class OverrideQuerySet(models.QuerySet["Override"]):
    def visible_to(self, user: Any) -> "OverrideQuerySet":
        """Own permissions, those of one's advisees, and all for staff."""
        if not user.is_authenticated:
            return self.none()
        if user.has_perm(STAFF):
            return self
        return self.filter(Q(student__user=user) | Q(student__user__in=advisees_of(user)))


class HoldQuerySet(models.QuerySet["Hold"]):
    def visible_to(self, user: Any) -> "HoldQuerySet":
        """Own holds, those of one's advisees, and all for staff."""
        if not user.is_authenticated:
            return self.none()
        if user.has_perm(STAFF):
            return self
        return self.filter(Q(student__user=user) | Q(student__user__in=advisees_of(user)))

    def active(self) -> "HoldQuerySet":
        return self.filter(released_at__isnull=True)


class GuardianshipQuerySet(models.QuerySet["Guardianship"]):
    def visible_to(self, user: Any) -> "GuardianshipQuerySet":
        """One's own as student and as guardian, those offered to an address of one's own, and all for staff."""
        if not user.is_authenticated:
            return self.none()
        if user.has_perm("students.link_guardians"):
            return self
        offered = Q(pk__in=self.offered_to(user).values("pk"))
        return self.filter(Q(student__user=user) | Q(guardian=user) | offered)

    def standing(self) -> "GuardianshipQuerySet":
        """Those that are not over, agreed to and taken or not."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=timezone.now()), ended_at=None)

    def allowed(self) -> "GuardianshipQuerySet":
        """Those to which the student agreed, or need not."""
        return self.standing().filter(Q(agreed_at__isnull=False) | ~Q(waived_reason=""))

    def read_by(self, user: Any) -> "GuardianshipQuerySet":
        """Those by which `user` may read now; a token of a script reads by none."""
        if not user.is_authenticated or user.contexts is not None:
            return self.none()
        return self.allowed().filter(guardian=user)

    def offered_to(self, user: Any) -> "GuardianshipQuerySet":
        """Those that nobody took yet, made for an address whose mail `user` reads."""
        return self.allowed().filter(guardian=None, email__in=confirmed_addresses(user))


class OverrideRequestQuerySet(models.QuerySet["OverrideRequest"]):
    def visible_to(self, user: Any) -> "OverrideRequestQuerySet":
        """Own requests, those in sections one is instructor of that instructors may answer, and all for staff."""
        if not user.is_authenticated:
            return self.none()
        if user.has_perm(STAFF):
            return self
        taught = Q(section__in=_taught(user, "instructor"), kind__in=LIFTED_BY_INSTRUCTORS)
        return self.filter(Q(student__user=user) | taught)

    def open(self) -> "OverrideRequestQuerySet":
        return self.filter(state="open")


class GradeItemQuerySet(models.QuerySet["GradeItem"]):
    def visible_to(self, user: Any) -> "GradeItemQuerySet":
        """Items of the sections in which one may grade, drafts among them. Students read `student_view` instead."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(section__in=_taught(user).filter(GRADES))


class PreEnrollmentQuerySet(models.QuerySet["PreEnrollment"]):
    def visible_to(self, user: Any) -> "PreEnrollmentQuerySet":
        """All of them for those who enroll any student."""
        may = user.is_authenticated and user.has_perm("students.enroll_any_student")
        return self if may else self.none()

    def holding(self, now: datetime) -> "PreEnrollmentQuerySet":
        """Those that keep a seat now."""
        return self.filter(state="held", expires_at__gt=now)
