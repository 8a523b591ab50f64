"""What later apps do when the catalogue's facts change. This app knows none of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from courses.models import Section

# Called with sections: the seats of each, by primary key, for pages that list them.
seats_of: "list[Callable[[list[Section]], dict[int, Any]]]" = []
# Called with a section and how many seats it may gain (None: no limit), before it is locked: what to lock with it.
# People are locked before sections, so whoever may get a seat is named beforehand.
seat_takers: "list[Callable[[Section, int | None], list[Any]]]" = []
# Called with a section that may have more seats than before, in the transaction of the deed, which holds the locks of
# the section and of the people with the given keys.
seats_changed: "list[Callable[[Section, set[int]], None]]" = []
# Called with a section, in the transaction of the deed that cancelled it.
section_cancelled: "list[Callable[[Section], None]]" = []
# Called with a section before it is cancelled: what would follow, a sentence each, for the page that asks again.
cancel_consequences: "list[Callable[[Section], list[str]]]" = []
# Called with a section and a person who shall assist in it: whether something keeps them from it, as a seat there does.
takes_part: "list[Callable[[Section, Any], bool]]" = []
# Called with a section and a person: whether they have a seat in it, so that what the class hands out is for them.
is_seated: "list[Callable[[Section, Any], bool]]" = []
# Called with a section that shall be restored: what to lock before it, with it and after it.
restore_locks: "list[Callable[[Section], list[Any]]]" = []
# Called with a section that was cancelled, in the transaction of the deed that takes that back: bring back what can be,
# and return whether students had come to it.
section_restored: "list[Callable[[Section], bool]]" = []
# Called with a cancelled section: what would come back and what would not, a sentence each.
restore_consequences: "list[Callable[[Section], list[str]]]" = []
