"""Every door of the site, found by walking the addresses and the admin."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import get_resolver

METHODS = ["get", "post", "put", "patch", "delete"]
# The admin's own pages are told by model.
OF_A_MODEL = ("_changelist", "_add", "_history", "_delete", "_change")
PAGES = ["LIST", "ADD", "CHANGE", "DELETE", "HISTORY"]


@dataclass(frozen=True, order=True)
class Door:
    """A way in: an address by name and a method, or a model of the admin and a page, a search or a deed of it."""

    name: str
    method: str


def doors() -> set[Door]:
    return {*_addresses(get_resolver(), ""), *_models()}


def _models() -> Iterator[Door]:
    for model, pages in admin.site._registry.items():
        searches = [f"AUTOCOMPLETE {field}" for field in pages.autocomplete_fields]
        # What the site gives to every model alike, to delete many, is asked by a test of its own.
        deeds = [f"ACTION {name}" for _, name, _ in pages._get_base_actions() if name not in dict(admin.site.actions)]
        for page in [*PAGES, *searches, *deeds]:
            yield Door(f"admin/{model._meta.label}", page)


def _addresses(resolver: Any, space: str) -> Iterator[Door]:
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _addresses(pattern, inner)
        elif not (space == "admin:" and (pattern.name or "").endswith(OF_A_MODEL)):
            for method in _methods(pattern.callback):
                yield Door(f"{space}{pattern.name}", method.upper())


def _methods(view: Any) -> list[str]:
    """Return what a view answers; a plain function may answer both of a browser's methods."""
    actions = getattr(view, "actions", None)
    if actions:
        # A view that was asked once knows HEAD too.
        return [method for method in METHODS if method in actions]
    made_of = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if made_of is None:
        return ["get", "post"]
    known = METHODS if hasattr(view, "cls") else ["get", "post"]
    return [method for method in known if hasattr(made_of, method)]
