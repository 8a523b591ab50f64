"""Guardians: the office names an address, the student agrees, whoever reads the mail there takes it."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.querysets import confirmed_addresses
from core.locks import lock
from notifications.guests import Guest
from notifications.operations import notify
from students.errors import (
    GuardianAlready,
    GuardianIsStudent,
    GuardianNotAgreed,
    GuardianOver,
    MayNotAgree,
    MayNotEndGuardian,
    MayNotLinkGuardian,
    MayNotTake,
    ReasonMissing,
)
from students.models import Guardianship, StudentProfile
from students.policies import can_agree_to_guardian, can_end_guardianship, can_link_guardian


def link_guardian(
    student: StudentProfile,
    email: str,
    *,
    by: Any,
    relation: str = "",
    waived_reason: str = "",
    valid_to: datetime | None = None,
) -> Guardianship:
    """Ask that whoever reads the mail of `email` may read along with `student`, and return the row.

    The student is told and has to agree, unless `waived_reason` says why that is not needed; then the address gets
    its mail. `valid_to` is the first instant at which it is over. MayNotLinkGuardian, GuardianIsStudent,
    GuardianAlready. Locks the student.
    """
    if by is not None and not can_link_guardian(by, student):
        raise MayNotLinkGuardian()
    link = Guardianship(student=student, email=email.strip().lower(), created_by=by, valid_to=valid_to)
    link.relation, link.waived_reason = relation.strip(), waived_reason.strip()
    link.clean_fields(exclude=["student", "created_by"])
    if valid_to is not None and valid_to <= timezone.now():
        raise ValidationError({"valid_to": _("It cannot end before it starts.")})
    try:
        with transaction.atomic():
            lock(student.user)
            if link.email in (student.user.email.lower(), *confirmed_addresses(student.user)):
                raise GuardianIsStudent()
            _close_what_ran_out(student)
            link.save()
            notify("guardian_asked", to=student.user, about=link)
            _invite_if_allowed(link)
    except IntegrityError as exc:
        raise GuardianAlready() from exc
    return link


def _close_what_ran_out(student: StudentProfile) -> None:
    # A row whose time is over would keep its address from being named again.
    now = timezone.now()
    student.guardianships.filter(ended_at=None, valid_to__lte=now).update(ended_at=now)


def _invite_if_allowed(link: Guardianship) -> None:
    if link.state == Guardianship.State.OFFERED:
        notify("guardian_invited", to=Guest(link.email), about=link)


@transaction.atomic
def agree_to_guardian(link: Guardianship, *, by: Any) -> Guardianship:
    """Let the guardian read along, as the student alone can; the address gets its mail. Twice is harmless.

    MayNotAgree, or GuardianOver. Locks the row.
    """
    if not can_agree_to_guardian(by, link):
        raise MayNotAgree()
    (link,) = lock(link)
    if link.is_over:
        raise GuardianOver()
    if link.agreed_at is None:
        waited = link.state == Guardianship.State.ASKED
        link.agreed_at = timezone.now()
        link.save(update_fields=["agreed_at"])
        if waited:
            _invite_if_allowed(link)
    return link


@transaction.atomic
def take_guardianship(link: Guardianship, *, by: Any) -> Guardianship:
    """Make `by`, who reads the mail of the address, the guardian. MayNotTake, GuardianNotAgreed, or GuardianOver.

    Locks `by`, then the row: of two at once one finds it taken.
    """
    by, link = lock(by, link)
    if link.email not in confirmed_addresses(by) or not by.is_active:
        raise MayNotTake()
    if link.state == Guardianship.State.ASKED:
        raise GuardianNotAgreed()
    if link.state != Guardianship.State.OFFERED:
        raise GuardianOver()
    if link.student.user_id == by.pk:
        raise GuardianIsStudent()
    link.guardian, link.taken_at = by, timezone.now()
    link.save(update_fields=["guardian", "taken_at"])
    return link


@transaction.atomic
def end_guardianship(link: Guardianship, *, by: Any, reason: str = "") -> Guardianship:
    """End it with the next request of the guardian, also before anybody agreed to it or took it.

    MayNotEndGuardian, ReasonMissing when the office gives none, or GuardianOver. Locks the row.
    """
    if by is not None and not can_end_guardianship(by, link):
        raise MayNotEndGuardian()
    is_party = by is None or by.pk in (link.student.user_id, link.guardian_id)
    if not is_party and not reason.strip():
        raise ReasonMissing()
    (link,) = lock(link)
    if link.is_over:
        raise GuardianOver()
    link.ended_at, link.ended_by, link.end_reason = timezone.now(), by, reason.strip()[:500]
    link.save(update_fields=["ended_at", "ended_by", "end_reason"])
    return link


def end_guardianships_of(person: Any, *, reason: str) -> None:
    """End all in which `person` is the student or the guardian; twice is harmless."""
    for link in Guardianship.objects.standing().filter(Q(student__user=person) | Q(guardian=person)).order_by("pk"):
        end_guardianship(link, by=None, reason=reason)
