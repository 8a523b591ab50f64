"""What an import refuses."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, NotAllowed

if TYPE_CHECKING:
    from integrations.queries.text_file import LineError


class MayNotImport(NotAllowed):
    code = "may_not_import"
    message = _("Imports are for staff.")


class LinesRefused(Conflict):
    """Some lines cannot be taken; nothing is. `lines` says which and why."""

    code = "lines_refused"
    message = _("%(n)s lines cannot be imported; nothing was.")
    lines: list["LineError"]

    def __init__(self, lines: Iterable["LineError"]) -> None:
        self.lines = list(lines)
        super().__init__(n=len(self.lines))


class FileRefused(Conflict):
    """The file cannot be read; `lines` says where and why."""

    code = "file_refused"
    message = _("The file cannot be read: %(why)s")
    field = "file"


class MirrorTooMuch(Conflict):
    code = "mirror_too_much"
    message = _("This would drop %(drops)s of %(live)s enrollments, more than %(most)s percent. Nothing was changed.")


class NotChecked(Conflict):
    code = "import_not_checked"
    message = _("Only an import that was checked and not applied yet can be applied.")


class HasRefusedLines(Conflict):
    code = "import_has_refused_lines"
    message = _("%(n)s lines are refused and this import is all or none. Nothing was changed.")


class NotApplied(Conflict):
    code = "import_not_applied"
    message = _("Only an import that was applied can be undone.")


class UndoRefused(Conflict):
    """Something came after the import; `names` are the lines that something later depends on."""

    code = "undo_refused"
    message = _("It cannot be undone, something depends on it: %(names)s. Nothing was changed.")
