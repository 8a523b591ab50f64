"""Terms that are made from earlier ones: which sections, with what of them, and what became of each."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models import Section, Term
from scheduling.querysets import RolloverQuerySet


class Rollover(models.Model):
    """Sections of one term on their way into another. It is looked at first, then applied, and can be undone."""

    class State(models.TextChoices):
        PREVIEWING = "previewing", _("Being looked at")
        PREVIEWED = "previewed", _("Looked at, nothing copied yet")
        APPLYING = "applying", _("Being copied")
        APPLIED = "applied", _("Copied")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    # Before all people: who applies and who undoes the same one take turns.
    lock_rank = 0

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(Term, models.PROTECT, related_name="+", verbose_name=_("from"))
    target = models.ForeignKey(Term, models.PROTECT, related_name="+", verbose_name=_("into"))
    with_meetings = models.BooleanField(_("meetings"), default=True)
    with_rooms = models.BooleanField(_("rooms"), default=True)
    with_instructors = models.BooleanField(_("instructors"), default=True)
    with_rules = models.BooleanField(_("rules of registration and reserved seats"), default=True)
    with_grading = models.BooleanField(_("graded work"), default=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PREVIEWING)
    # Lines that the running step has done.
    done = models.PositiveIntegerField(default=0, editable=False)
    # Why the last step changed nothing, in a sentence.
    message = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = RolloverQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(source=F("target")),
                name="scheduling_rollover_of_two",
                violation_error_message=_("A term is not copied into itself."),
            )
        ]

    def __str__(self) -> str:
        return _("%(source)s into %(target)s") % {"source": self.source, "target": self.target}

    @property
    def is_busy(self) -> bool:
        return self.state in (self.State.PREVIEWING, self.State.APPLYING, self.State.UNDOING)


class RolloverLine(models.Model):
    """One section that may be copied: what would come of it, or what came of it."""

    class Result(models.TextChoices):
        OPEN = "open", _("Not looked at yet")
        READY = "ready", _("Can be copied")
        THERE = "there", _("There already")
        LEFT_OUT = "left_out", _("Left out")
        COPIED = "copied", _("Copied")
        UNDONE = "undone", _("Undone")

    rollover = models.ForeignKey(Rollover, models.CASCADE, related_name="lines")
    section = models.ForeignKey(Section, models.PROTECT, related_name="+")
    # False while the running step is not about this line.
    is_chosen = models.BooleanField(default=False)
    result = models.CharField(max_length=8, choices=Result, default=Result.OPEN)
    # What is left out or otherwise, and why: {"code", "message"} each, in the language of whoever asked.
    notes = models.JSONField(default=list)
    has_clash = models.BooleanField(default=False)
    # Dated meetings that come along.
    meetings = models.PositiveIntegerField(default=0)
    copy = models.ForeignKey(Section, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["rollover", "section"], name="scheduling_rollover_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.section_id}: {self.result}"
