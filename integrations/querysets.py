"""Chainable reads of imports."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from integrations.models import ImportRun  # noqa: F401  named in quotes below


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: Any) -> "ImportRunQuerySet":
        """All imports for those who may run them."""
        may = user.is_authenticated and user.has_perms(["students.enroll_any_student", "students.drop_any_student"])
        return self if may else self.none()
