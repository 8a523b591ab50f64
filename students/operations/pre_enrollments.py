"""Seats that are kept for an address until its owner has an account: keep, give, take back."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.querysets import confirmed_addresses
from core.errors import DomainError
from core.locks import lock
from courses.models import Section
from students.errors import (
    EndsInThePast,
    HasAccount,
    KeyNeeded,
    MayNotEnroll,
    NotAStudent,
    NotKept,
    ReasonMissing,
    SeatKept,
    SeatsReserved,
    SectionFull,
    SectionNotOpen,
)
from students.models import Enrollment, PreEnrollment
from students.operations.enrollment import take_seat
from students.operations.line import lock_section, with_line
from students.operations.profiles import ensure_profile
from students.policies import can_enroll_others
from students.queries.registration import registration_check
from students.queries.seats import seats

State = PreEnrollment.State
TAKES = {Section.Status.PLANNED, Section.Status.OPEN}


def pre_enroll(section: Section, email: str, *, by: Any, expires_at: datetime, reason: str = "") -> PreEnrollment:
    """Keep a seat of the section for an address that nobody has yet, and return that.

    It counts as taken until `expires_at`, and is given when the owner of the address has confirmed it. Raises
    MayNotEnroll, EndsInThePast, HasAccount, SeatKept, SectionNotOpen, SectionFull, also while somebody waits for it,
    and ValidationError for what is no address. Locks the section.
    """
    if by is not None and not can_enroll_others(by, section):
        raise MayNotEnroll()
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as exc:
        raise ValidationError({"email": exc}) from exc
    with transaction.atomic():
        section, now = lock_section(section), timezone.now()
        if expires_at <= now:
            raise EndsInThePast()
        if User.objects.filter(emailaddress__email__iexact=email, emailaddress__verified=True).exists():
            raise HasAccount()
        if section.status not in TAKES:
            raise SectionNotOpen()
        _end_expired(section, now)
        if PreEnrollment.objects.filter(section=section, email=email, state=State.HELD).exists():
            raise SeatKept()
        found = seats(section, now)
        kept = sum(row.left for row in found.reserved)
        if found.waiting or (found.free is not None and found.free - kept <= 0):
            raise SectionFull(capacity=found.capacity, waiting=found.waiting, free=found.free)
        row = PreEnrollment(section=section, email=email, expires_at=expires_at, by=by, reason=reason[:500])
        row.full_clean()
        row.save()
        return row


def drop_pre_enrollment(row: PreEnrollment, *, by: Any, reason: str = "") -> PreEnrollment:
    """Take the kept seat back and give it to the line; return the row, which stays.

    MayNotEnroll, ReasonMissing, NotKept when it was taken or has expired.
    """
    if by is not None and not can_enroll_others(by, row.section):
        raise MayNotEnroll()
    if by is not None and not reason.strip():
        raise ReasonMissing()

    def deed(_section: Section, now: datetime) -> PreEnrollment:
        fresh = PreEnrollment.objects.get(pk=row.pk)
        if fresh.state != State.HELD or fresh.expires_at <= now:
            raise NotKept()
        _close(fresh, State.DROPPED, now, reason=reason.strip()[:500])
        return fresh

    return with_line(row.section, [by], deed, by=None, freed=1)


def claim_seats(user: User) -> list[Enrollment]:
    """Give `user` the seats that are kept for the addresses that were confirmed, and return the enrollments.

    The rules about the student's own record are asked; the seat is there already. Where one fails, the row says which
    and keeps the seat until it expires. Each is a deed of its own; twice is harmless.
    """
    addresses = confirmed_addresses(user)
    rows = PreEnrollment.objects.holding(timezone.now()).filter(email__in=addresses).select_related("section")
    return [given for row in rows.order_by("pk") if (given := _claim(row, user)) is not None]


@transaction.atomic
def _claim(row: PreEnrollment, user: User) -> Enrollment | None:
    """Lock the person, then the section with its group."""
    lock(user)
    section, now = lock_section(row.section), timezone.now()
    fresh = PreEnrollment.objects.get(pk=row.pk)
    if fresh.state != State.HELD or fresh.expires_at <= now:
        return None
    try:
        student = ensure_profile(user)
    except NotAStudent as exc:
        _refuse(fresh, exc)
        return None
    check = registration_check(student, section, now, in_line=True)
    # The seat that is kept is this student's own, and it was the office that gave it.
    check = check.without(SectionFull.code, SeatsReserved.code, KeyNeeded.code, SectionNotOpen.code)
    if check.failed:
        _refuse(fresh, check.failed[0].error)
        return None
    by, reason = fresh.by, fresh.reason or _("The seat was kept for the address")
    # First the kept seat ends, then it is given: never counted twice, under one lock.
    _close(fresh, State.TAKEN, now)
    given = take_seat(student, section, by=by, source=Enrollment.Source.STAFF, now=now, reason=reason)
    fresh.enrollment = given
    fresh.save(update_fields=["enrollment"])
    return given


def _refuse(row: PreEnrollment, error: DomainError) -> None:
    row.refused_code, row.refused_reason = error.code[:40], str(error)[:500]
    row.save(update_fields=["refused_code", "refused_reason"])


def _close(row: PreEnrollment, state: str, now: datetime, **fields: Any) -> None:
    row.state, row.closed_at = state, now
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=["state", "closed_at", *fields])


def _end_expired(section: Section, now: datetime) -> None:
    for row in PreEnrollment.objects.filter(section=section, state=State.HELD, expires_at__lte=now):
        _close(row, State.EXPIRED, now)


def end_expired_seats() -> int:
    """Write down which kept seats have expired and give them to the lines; return in how many sections.

    At that instant they count as free by themselves. One section that is busy is left to the next run.
    """
    due = PreEnrollment.objects.filter(state=State.HELD, expires_at__lte=timezone.now())
    done = 0
    for section in Section.objects.filter(pk__in=due.order_by().values("section")).order_by("pk"):
        try:
            with_line(section, [], lambda one, now: _end_expired(one, now), by=None, freed=1)
        except DomainError:
            continue
        done += 1
    return done


def confirmed(sender: Any, user: User | None = None, email_address: Any = None, **kwargs: Any) -> None:
    """Receive the word that somebody confirmed an address or signed in; what is busy then is left to a job."""
    person = email_address.user if email_address is not None else user
    if (
        person is None
        or not PreEnrollment.objects.filter(email__in=confirmed_addresses(person), state=State.HELD).exists()
    ):
        return
    from students.tasks import claim_seats as later  # the one arrow up: a deed leaves its job

    try:
        claim_seats(person)
    except DomainError:
        later.defer(user_id=person.pk)
