"""What later apps copy along with sections. This app knows none of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from courses.models import Section
    from scheduling.queries.shifts import Shift

# Called with sections and which parts of them are wanted: what else would come along, by primary key, a sentence each.
also_copied: "list[Callable[[list[Section], set[str]], dict[int, list[str]]]]" = []
# Called with pairs of a section and its new copy, how dates move, which parts are wanted, and who acts; in the
# transaction of the deed.
sections_copied: "list[Callable[[list[tuple[Section, Section]], Shift, set[str], Any], None]]" = []
# Called with copies that shall go, in the transaction of the deed, which holds their locks: take along what was copied
# to them, and say of each on which something depends what that is, by primary key.
copies_undone: "list[Callable[[list[Section]], dict[int, str]]]" = []
