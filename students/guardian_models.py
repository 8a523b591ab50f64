"""Who reads along with a student: a guardian, a sponsor, an observer."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.history import tracked
from students.querysets import GuardianshipQuerySet


@tracked()
class Guardianship(models.Model):
    """Leave for somebody to read times, seats and posted grades of one student, and nothing else."""

    class State(models.TextChoices):
        ASKED = "asked", _("Waits for the student")
        OFFERED = "offered", _("Waits for the guardian")
        IN_FORCE = "in_force", _("In force")
        OVER = "over", _("Over")

    lock_rank = 2

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    student = models.ForeignKey(
        "students.StudentProfile", models.PROTECT, related_name="guardianships", verbose_name=_("student")
    )
    email = models.EmailField(_("e-mail address of the guardian"))
    # Empty until somebody who reads the mail of that address takes it.
    guardian = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="guardianships",
        verbose_name=_("guardian"),
    )
    relation = models.CharField(_("relation"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    agreed_at = models.DateTimeField(_("agreed by the student"), null=True, blank=True)
    waived_reason = models.CharField(_("why the student is not asked"), max_length=300, blank=True)
    taken_at = models.DateTimeField(_("taken by the guardian"), null=True, blank=True)
    # Half open; without an end it holds until somebody ends it.
    valid_to = models.DateTimeField(_("until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    end_reason = models.CharField(_("reason of the end"), max_length=500, blank=True)

    objects = GuardianshipQuerySet.as_manager()

    class Meta:
        verbose_name = _("guardian of a student")
        verbose_name_plural = _("guardians of students")
        ordering = ["-pk"]
        permissions = [("link_guardians", "Can say who reads along with a student")]
        constraints = [
            models.UniqueConstraint(
                "student",
                Lower("email"),
                condition=Q(ended_at__isnull=True),
                name="students_guardian_once",
                violation_error_message=_("This address is a guardian of the student already."),
            ),
            models.CheckConstraint(
                condition=Q(guardian__isnull=True, taken_at__isnull=True)
                | Q(guardian__isnull=False, taken_at__isnull=False),
                name="students_guardian_taken_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id}: {self.relation or self._meta.verbose_name}"

    @property
    def state(self) -> str:
        if self.ended_at or (self.valid_to and self.valid_to <= timezone.now()):
            return self.State.OVER
        if not self.agreed_at and not self.waived_reason:
            return self.State.ASKED
        return self.State.IN_FORCE if self.guardian_id else self.State.OFFERED

    @property
    def is_over(self) -> bool:
        return self.state == self.State.OVER

    def get_state_display(self) -> str:
        return str(self.State(self.state).label)
