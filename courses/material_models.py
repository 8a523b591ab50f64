"""Files that a class hands out: a syllabus, an exercise, slides."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.history import tracked
from courses.querysets import MaterialQuerySet


def material_path(material: "Material", filename: str) -> str:
    # The name on disk is random: what somebody typed never chooses a path.
    return f"materials/{uuid.uuid4().hex}"


@tracked()
class Material(models.Model):
    """One file of a section, for those who teach it and those who have a seat in it."""

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        PNG = "png", "PNG"
        JPEG = "jpg", "JPEG"
        TEXT = "txt", _("Text")
        DOCX = "docx", "Word"
        XLSX = "xlsx", "Excel"
        PPTX = "pptx", "PowerPoint"
        ODT = "odt", "OpenDocument"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    section = models.ForeignKey("courses.Section", models.PROTECT, related_name="materials")
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    size = models.PositiveIntegerField(_("size"))
    file = models.FileField(_("file"), upload_to=material_path)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of a section")
        verbose_name_plural = _("files of sections")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def filename(self) -> str:
        """The name under which it is saved: what was typed, with the ending of what it is."""
        return f"{self.name}.{self.kind}"
