"""Imports of enrollments as records: which file, by whom, what each line did, and whether it was taken back."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Section, Term
from integrations.querysets import ImportRunQuerySet
from students.models import Enrollment, EnrollmentEvent, PreEnrollment, StudentProfile


class ImportRun(models.Model):
    """One file of enrollments. It is checked first, applied when somebody says so, and can be undone as a whole."""

    class Mode(models.TextChoices):
        ADD = "add", _("Do what the lines say")
        MIRROR = "mirror", _("Mirror: also drop who is not in the file")

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked, nothing changed yet")
        APPLYING = "applying", _("Being applied")
        APPLIED = "applied", _("Applied")
        FAILED = "failed", _("Failed, nothing changed")
        UNDONE = "undone", _("Undone")

    # Before all people: who applies and who undoes the same run take turns.
    lock_rank = 0

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    term = models.ForeignKey(Term, models.PROTECT, related_name="import_runs", verbose_name=_("term"))
    mode = models.CharField(_("mode"), max_length=6, choices=Mode, default=Mode.ADD)
    # True: all lines or none; False: each line by itself.
    is_whole = models.BooleanField(_("all lines or none"), default=True)
    # A mirror that would drop more of the enrollments in its sections than this is refused.
    most_percent = models.PositiveSmallIntegerField(_("most to drop, in percent"), default=10)
    # An address that nobody has gets a seat that is kept for it until then; empty: it is refused.
    keep_until = models.DateTimeField(_("keep seats for unknown addresses until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    file_name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(max_length=64, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.CHECKING)
    # Why it failed, in a sentence.
    message = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("import of enrollments")
        verbose_name_plural = _("imports of enrollments")

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_checked(self) -> bool:
        return self.state == ImportRun.State.CHECKED

    @property
    def is_busy(self) -> bool:
        return self.state in (ImportRun.State.CHECKING, ImportRun.State.APPLYING)


class ImportRow(models.Model):
    """One line of the file, or one enrollment that a mirror ends; `line` is empty for the latter."""

    class Action(models.TextChoices):
        ENROLL = "enroll", _("Enroll")
        DROP = "drop", _("Drop")

    class Result(models.TextChoices):
        OPEN = "open", _("Not tried yet")
        DONE = "done", _("Done")
        UNCHANGED = "unchanged", _("Unchanged")
        REFUSED = "refused", _("Refused")

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(null=True)
    action = models.CharField(max_length=6, choices=Action)
    student = models.ForeignKey(StudentProfile, models.PROTECT, null=True, related_name="+")
    section = models.ForeignKey(Section, models.PROTECT, null=True, related_name="+")
    # As written, for whoever looks for it in the file.
    student_text = models.CharField(max_length=254)
    section_text = models.CharField(max_length=40)
    reason = models.CharField(max_length=500, blank=True)
    result = models.CharField(max_length=9, choices=Result, default=Result.OPEN)
    code = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=500, blank=True)
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, null=True, related_name="import_rows")
    kept = models.ForeignKey(PreEnrollment, models.PROTECT, null=True, related_name="+")
    # What it changed: undoing asks that nothing came after it.
    event = models.ForeignKey(EnrollmentEvent, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.student_text} {self.section_text}"

    def refuse(self, code: str, message: Any) -> None:
        self.result, self.code, self.message = ImportRow.Result.REFUSED, code, str(message)[:500]
