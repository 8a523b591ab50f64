"""What stands beside the rules of registration: requests for exceptions."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.history import tracked
from courses.models import Section
from students.querysets import OverrideRequestQuerySet


class RuleKind(models.TextChoices):
    """The rules of registration that a person can lift for one student."""

    PREREQUISITE = "prerequisite", _("Prerequisite")
    TIME_CONFLICT = "time_conflict", _("Time conflict")
    CAPACITY = "capacity", _("Capacity")
    LATE_ADD = "late_add", _("Late registration")
    CONSENT = "consent", _("Consent")
    CREDIT_MAX = "credit_max", _("Credit load")
    REPEAT = "repeat", _("Repeat")
    RESTRICTION = "restriction", _("Restriction")



@tracked()
class OverrideRequest(models.Model):
    """A student's request that somebody lift one rule in one section."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for an answer")
        GRANTED = "granted", _("Granted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    student = models.ForeignKey("students.StudentProfile", models.PROTECT, related_name="override_requests")
    section = models.ForeignKey(Section, models.PROTECT, related_name="override_requests")
    kind = models.CharField(_("rule"), max_length=15, choices=RuleKind)
    message = models.CharField(_("message"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = OverrideRequestQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "section"], name="students_request_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "section", "kind"], condition=Q(state="open"), name="students_one_open_request"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.student_id} in {self.section_id}, {self.get_state_display()}"
