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
