"""What the address of a list in the admin may ask for."""

from typing import Any


class ShownLookups:
    """A page of the admin that answers no filter by a field that it does not show.

    Whoever may ask for rows by a field can guess, letter by letter, what stands in it.
    """

    list_display: Any
    list_filter: Any
    fields: Any
    exclude: Any
    asked_for: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        filters = {one[0] if isinstance(one, list | tuple) else one for one in self.list_filter}
        shown = {*self.list_display, *filters, *(self.fields or ()), *self.asked_for, "id", "pk"}
        names = {name for name in shown if isinstance(name, str)} - set(self.exclude or ())
        return lookup.split("__")[0] in names and super().lookup_allowed(lookup, value, request)  # type: ignore[misc]
