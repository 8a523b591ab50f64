"""What an event of the history says in words: which fields changed, from what to what, and about whom."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import ForeignKey, Q
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from students.models import Enrollment, StudentProfile

# What only the parties of an appointment read, where files lie, and what never changes.
HIDDEN = {"topic", "cancel_reason", "location", "photo", "id", "public_id"}
# How a row that an event names says whose it is.
OWNERS: dict[Any, str] = {User: "", StudentProfile: "__user", Enrollment: "__student__user"}
# As many people as one word may find; who looks for more gives a longer one.
FOUND_AT_MOST = 200

Change = tuple[str, Any, Any]


def changes(event: Any, names: dict[tuple[Any, int], str] | None = None) -> list[Change]:
    """Return the fields that `event` changed with both values; None stands for a row that was not there.

    `names` says what the rows are called that it names, by model and key, so that a page of events asks only once.
    """
    previous = event.previous if hasattr(event, "previous") else _previous(event)
    old = _values(previous) if previous and event.pgh_label != "insert" else {}
    new = _values(event) if event.pgh_label != "delete" else {}
    names = names_of([event, previous]) if names is None else names
    fields = [field for field in _fields(event) if old.get(field.name) != new.get(field.name)]
    return [(field.name, *(_said(field, side.get(field.name), names) for side in (old, new))) for field in fields]


def names_of(events: Iterable[Any]) -> dict[tuple[Any, int], str]:
    """Return what the rows are called that the events name, by model and key: one query for each model."""
    wanted = defaultdict(set)
    for event in events:
        for field in _fields(event) if event else []:
            if isinstance(field, ForeignKey):
                wanted[field.related_model].add(getattr(event, field.attname))
    found: dict[tuple[Any, int], str] = {}
    for model, keys in wanted.items():
        rows = model._default_manager.select_related(*_needed(model)).in_bulk(keys - {None})
        found |= {(model, key): str(row) for key, row in rows.items()}
    return found


def _needed(model: Any) -> list[str]:
    """Return what the name of such a row is made of: its page in the admin reads the same."""
    if model is Permission:
        return ["content_type"]
    page = admin.site._registry.get(model)
    return list(page.list_select_related) if page and isinstance(page.list_select_related, list | tuple) else []


def concerning(model: Any, people: list[int]) -> Q:
    """Return what keeps the events of `model` that are about these people, as far as it names them."""
    found = Q(pk__in=[])
    if model.pgh_tracked_model is User:
        found |= Q(id__in=people)
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey) and field.related_model in OWNERS:
            found |= Q(**{f"{field.name}{OWNERS[field.related_model]}_id__in": people})
    return found


def people_named(word: str) -> list[int]:
    return list(User.objects.filter(email__icontains=word).values_list("pk", flat=True)[:FOUND_AT_MOST])


def _previous(event: Any) -> Any:
    return type(event).objects.filter(id=event.id, pgh_id__lt=event.pgh_id).order_by("-pgh_id").first()


def _fields(event: Any) -> list[Any]:
    fields = event._meta.concrete_fields
    return [field for field in fields if not field.name.startswith("pgh_") and field.name not in HIDDEN]


def _values(event: Any) -> dict[str, Any]:
    return {field.name: getattr(event, field.attname) for field in _fields(event)}


def _said(field: Any, value: Any, names: dict[tuple[Any, int], str]) -> Any:
    if value is None:
        return None
    if isinstance(field, ForeignKey):
        name = names.get((field.related_model, value))
        return f"{name} ({value})" if name else value
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j M Y, H:i:s")
    return value
