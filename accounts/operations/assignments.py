"""Deeds about roles that are held for one person: who advises a student."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import AdvisesAlready, AssignmentOver, MayNotAssignAdvisor, NotAnAdvisor
from accounts.models import RoleAssignment, User
from accounts.policies import can_assign_advisor
from core.locks import lock

ADVISOR = "advisor"


@transaction.atomic
def assign_advisor(
    advisee: User,
    advisor: User,
    *,
    by: User | None,
    reason: str = "",
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> RoleAssignment:
    """Let `advisor` read the records of `advisee`, from now on unless `valid_from` is later, and return the row.

    `valid_to` is the first instant at which it is over; None for no end. MayNotAssignAdvisor, NotAnAdvisor,
    AdvisesAlready when the two have a moment in common already. Locks both people.
    """
    if by is not None and not can_assign_advisor(by, advisee, advisor):
        raise MayNotAssignAdvisor()
    advisee, advisor = lock(advisee, advisor)
    if not advisor.is_active or advisor.pk == advisee.pk or not advisor.has_perm("accounts.advise_students"):
        raise NotAnAdvisor(person=advisor.display_name)
    now = timezone.now()
    row = RoleAssignment(user=advisor, group=Group.objects.get(name=ADVISOR), advisee=advisee, granted_by=by)
    row.valid_from, row.valid_to, row.reason = max(valid_from or now, now), valid_to, reason
    if valid_to is not None and valid_to <= row.valid_from:
        raise ValidationError({"valid_to": _("It cannot end before it starts.")})
    if _overlapping(row).exists():
        raise AdvisesAlready(person=advisor.display_name)
    row.clean_fields()
    row.save()
    return row


@transaction.atomic
def end_assignment(assignment: RoleAssignment, *, by: User | None, reason: str) -> RoleAssignment:
    """End it with the next request of its holder; one that has not begun never begins. AssignmentOver.

    Locks both people.
    """
    if by is not None and not can_assign_advisor(by, assignment.advisee, assignment.user):
        raise MayNotAssignAdvisor()
    lock(assignment.advisee, assignment.user)
    row = RoleAssignment.objects.select_related("user", "advisee").get(pk=assignment.pk)
    if row.is_over:
        raise AssignmentOver(person=row.user.display_name)
    row.valid_to = max(timezone.now(), row.valid_from)
    row.ended_by, row.end_reason = by, reason
    row.clean_fields()
    row.save(update_fields=["valid_to", "ended_by", "end_reason"])
    return row


def end_assignments(user: User, *, by: User | None, reason: str) -> None:
    """End whatever `user` holds for others, in the transaction of the deed that takes the role or the account."""
    standing = RoleAssignment.objects.standing().filter(user=user)
    standing.update(valid_to=Greatest(F("valid_from"), timezone.now()), ended_by=by, end_reason=reason)


def end_advising_of(advisee: User, *, by: User | None, reason: str) -> None:
    """End what others hold for `advisee`, in the transaction of the deed that takes the person out."""
    standing = RoleAssignment.objects.standing().filter(advisee=advisee)
    standing.update(valid_to=Greatest(F("valid_from"), timezone.now()), ended_by=by, end_reason=reason)


def _overlapping(row: RoleAssignment) -> Any:
    found = RoleAssignment.objects.filter(user=row.user, group=row.group, advisee=row.advisee)
    found = found.filter(Q(valid_to=None) | Q(valid_to__gt=row.valid_from))
    return found if row.valid_to is None else found.filter(valid_from__lt=row.valid_to)
