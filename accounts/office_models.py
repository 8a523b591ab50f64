"""What the office does with accounts: roles it assembles, its deeds with their reasons, work in somebody's name."""

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.querysets import ImpersonationQuerySet
from core.history import tracked

APPEND_ONLY = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


@tracked(obj_field=None)
class Role(Group):
    """A role: built in, as `settings.ROLES` says, or assembled by an administrator."""

    lock_rank = 2

    if TYPE_CHECKING:
        objects: ClassVar[models.Manager["Role"]]  # type: ignore[assignment]

    class Meta:
        proxy = True
        verbose_name = _("role")
        permissions = [("edit_roles", "Can assemble roles from permissions")]

    @property
    def is_built_in(self) -> bool:
        return self.name in settings.ROLES

    def permission_names(self) -> set[str]:
        return _names(self.permissions.all())


def permissions_of(person: Any) -> set[str]:
    """Return the names of all that the roles of `person` hold, also while the account is closed."""
    held = Permission.objects.all() if person.is_superuser else Permission.objects.filter(group__user=person)
    return _names(held)


def _names(permissions: models.QuerySet[Permission]) -> set[str]:
    pairs = permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in pairs}


@tracked(obj_field=None)
class RolePermission(Group.permissions.through):  # type: ignore[name-defined]
    """A permission of a role; here only so that the history tells who put it there."""

    class Meta:
        proxy = True
        verbose_name = _("permission of a role")


class AccountEvent(models.Model):
    """One deed of the office about an account: what, who and why."""

    class Kind(models.TextChoices):
        ROLE_GIVEN = "role_given", _("Role given")
        ROLE_TAKEN = "role_taken", _("Role taken")
        CLOSED = "closed", _("Account closed")
        OPENED = "opened", _("Account opened again")
        SIGN_INS_ENDED = "sign_ins_ended", _("All sign-ins ended")
        FACTORS_REMOVED = "factors_removed", _("Second factors removed")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="account_events")
    kind = models.CharField(_("what"), max_length=16, choices=Kind)
    role = models.CharField(_("role"), max_length=150, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("deed about an account")
        verbose_name_plural = _("deeds about accounts")
        ordering = ["-pk"]
        permissions = [("manage_student_accounts", "Can close accounts of students and help them sign in")]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.role}".strip()


class ImpersonationSession(models.Model):
    """An administrator who began to work in the name of somebody else, and why."""

    LONGEST = timedelta(minutes=30)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="impersonations")
    reason = models.CharField(_("reason"), max_length=300)
    started_at = models.DateTimeField(_("began"), default=timezone.now)

    objects = ImpersonationQuerySet.as_manager()

    class Meta:
        verbose_name = _("work in somebody's name")
        verbose_name_plural = _("work in somebody's name")
        ordering = ["-pk"]
        permissions = [("impersonate", "Can work in somebody's name")]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.actor_id} as {self.subject_id}"

    @property
    def ends_by(self) -> datetime:
        return self.started_at + self.LONGEST

    @property
    def is_live(self) -> bool:
        return not hasattr(self, "end") and timezone.now() < self.ends_by


class ImpersonationEnd(models.Model):
    """When the work in somebody's name ended, and how; without one it ended when its time was over."""

    class Cause(models.TextChoices):
        ENDED = "ended", _("Ended by hand")
        SIGNED_OUT = "signed_out", _("Signed out")
        TIME_OVER = "time_over", _("Time was over")
        SIGN_INS_ENDED = "sign_ins_ended", _("Sign-ins of one of the two ended")
        RIGHT_LOST = "right_lost", _("Not allowed any more")

    session = models.OneToOneField(ImpersonationSession, models.PROTECT, related_name="end")
    cause = models.CharField(_("how"), max_length=15, choices=Cause)
    at = models.DateTimeField(_("ended"), default=timezone.now)

    class Meta:
        verbose_name = _("end of work in somebody's name")
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return self.get_cause_display()
