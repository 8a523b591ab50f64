"""What later apps do when the catalogue's facts change. This app knows none of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courses.models import Section

# Called with a section, in the transaction of the deed, when it may have more seats or a longer line than before.
seats_changed: "list[Callable[[Section], None]]" = []
# Called with a section, in the transaction of the deed that cancelled it.
section_cancelled: "list[Callable[[Section], None]]" = []
# Called with a section before it is cancelled: what would follow, a sentence each, for the page that asks again.
cancel_consequences: "list[Callable[[Section], list[str]]]" = []
