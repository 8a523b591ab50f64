"""What people want done with their data, and the seals on the history."""

import uuid
from datetime import datetime, timedelta

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.history import tracked
from coursemgmt.querysets import DataRequestQuerySet

# What the law of most places leaves: a month.
ANSWER_WITHIN = timedelta(days=30)
OPEN = ["requested", "approved", "ready"]
APPEND_ONLY = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


def due() -> datetime:
    return timezone.now() + ANSWER_WITHIN


def export_path(request: "DataRequest", filename: str) -> str:
    return f"exports/{uuid.uuid4().hex}.zip"


@tracked(exclude=["file"])
class DataRequest(models.Model):
    """What somebody wants done with all that is kept of one person: a copy of it, or that it be erased."""

    class Kind(models.TextChoices):
        EXPORT = "export", _("Copy of all data")
        ERASURE = "erasure", _("Erasure")

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        APPROVED = "approved", _("Approved")
        READY = "ready", _("Ready to fetch")
        FETCHED = "fetched", _("Fetched")
        EXPIRED = "expired", _("Expired")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        REFUSED = "refused", _("Refused")
        DONE = "done", _("Done")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="data_requests", verbose_name=_("person")
    )
    # The person, or who of the course office started it; null when the list of erasures was applied again.
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.REQUESTED)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    due_at = models.DateTimeField(_("answer due"), default=due)
    # An erasure takes two of the course office.
    first_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decision_reason = models.CharField(_("reason of the decision"), max_length=500, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    file = models.FileField(upload_to=export_path, blank=True)

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("data request")
        verbose_name_plural = _("data requests")
        ordering = ["-pk"]
        permissions = [("decide_data_requests", "Can see who asked for their data and decide about erasures")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind"], condition=Q(state__in=OPEN), name="coursemgmt_one_open_data_request"
            ),
            models.CheckConstraint(
                condition=Q(first_by__isnull=True)
                | Q(decided_by__isnull=True)
                | Q(state="refused")
                | ~Q(first_by=F("decided_by")),
                name="coursemgmt_erasure_by_two",
            ),
            models.CheckConstraint(
                condition=(Q(first_by__isnull=True) | ~Q(first_by=F("subject")))
                & (Q(decided_by__isnull=True) | ~Q(decided_by=F("subject"))),
                name="coursemgmt_nobody_decides_for_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_id}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class HistorySeal(models.Model):
    """A link of the chain over the history: which rows of one table it holds, and the keyed digest of each."""

    table = models.CharField(max_length=63)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    columns = models.JSONField()
    # For each row eight bytes of its number and sixteen of its digest.
    rows = models.BinaryField()
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["table", "-last_id"], name="coursemgmt_seal_table")]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.table} {self.first_id}-{self.last_id}"


class HistoryRedaction(models.Model):
    """A sealed row that was scrubbed for an erasure: the digest of what stands there now, signed."""

    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    after = models.CharField(max_length=32)
    reason = models.CharField(max_length=60)
    at = models.DateTimeField()
    signature = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["table", "row_id"], name="coursemgmt_redaction_row")]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"
