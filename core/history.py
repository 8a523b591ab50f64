"""The history that the database keeps of everything that can be disputed, and who is behind a change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pghistory
import pgtrigger
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from pghistory.middleware import HistoryMiddleware as Base
from pghistory.middleware import WSGIRequest

from core.acting import real_actor


def tracked(**options: Any) -> Callable[[type[Model]], type]:
    """Return a class decorator: triggers write each insert, change and removal of a row into a table beside it.

    Rows of that table are only ever added. Inserts are written by statement, which bulk inserts need; changes by
    row, since by statement a large one costs a thousand times as much.
    """

    def track(model: type[Model]) -> type:
        events = pghistory.InsertEvent(level=pghistory.Statement), pghistory.UpdateEvent(), pghistory.DeleteEvent()
        words = format_lazy(_("{model}: history"), model=model._meta.verbose_name)
        meta = {"verbose_name": words, "verbose_name_plural": words}
        name = f"{model.__name__}History"
        return pghistory.track(*events, append_only=True, model_name=name, meta=meta, **options)(model)

    return track


def job(task: Callable[..., Any]) -> Callable[..., Any]:
    """Return `task` so that the history names it as the door of what it changes."""

    @wraps(task)
    def named(*args: Any, **kwargs: Any) -> Any:
        with pghistory.context(user=None, door="job", route=task.__name__):
            return task(*args, **kwargs)

    return named


def command(handle: Callable[..., Any]) -> Callable[..., Any]:
    """Return the `handle` of a command so that the history names the command as the door of what it changes."""

    @wraps(handle)
    def named(self: Any, *args: Any, **kwargs: Any) -> Any:
        with pghistory.context(user=None, door="command", route=type(self).__module__.rpartition(".")[2]):
            return handle(self, *args, **kwargs)

    return named


APPEND_ONLY = "append_only"
MAINTENANCE = "coursemgmt_maintenance"


def history_of(model: Any) -> Any:
    """Return the model of the rows that keep the changes of `model`."""
    return model.history.rel.related_model


def added_to_only() -> list[type[Model]]:
    """Return the models whose rows are only ever added: the history, the events of deeds, and who looked."""
    named = [(model, getattr(model._meta, "triggers", ())) for model in apps.get_models()]
    return [model for model, triggers in named if any(one.name == APPEND_ONLY for one in triggers)]


@contextmanager
def maintenance() -> Iterator[None]:
    """Let the block change rows that are otherwise only added to: for erasure, retention and seals alone.

    One transaction. The triggers stand aside, and where the database has the role of maintenance and this login may
    take it, it is taken for the block. A login that may not is refused by the database, as the web's is.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        (before,) = cursor.fetchone()
        if takes_role := _may_take_role(cursor):
            cursor.execute(f"SET LOCAL ROLE {MAINTENANCE}")
        with pgtrigger.ignore(*(f"{model._meta.label}:{APPEND_ONLY}" for model in added_to_only())):
            yield
        if takes_role:
            cursor.execute("SELECT set_config('role', %s, true)", [before])


def _may_take_role(cursor: Any) -> bool:
    # A role belongs to the whole server: it may be there without having been set up for this database.
    cursor.execute(
        "SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(session_user, oid, 'MEMBER')"
        " AND has_table_privilege(oid, 'pghistory_context', 'UPDATE')",
        [MAINTENANCE],
    )
    return cursor.fetchone() is not None


class HistoryMiddleware(Base):
    """Tell the history who sent a request that may write, by which door and to which route."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return self.get_response(request)
        with pghistory.context(**self.get_context(request)):
            # Its `user` tells the history when the API signs in by token, after this middleware.
            request.__class__ = WSGIRequest
            return self.get_response(request)

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        said = {"user": request.user.pk, "door": _door(request.path), "route": ""}
        # Who works in the name of `user`, when somebody does.
        return said | {"impersonator": actor} if (actor := real_actor()) else said

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if isinstance(request, WSGIRequest):
            pghistory.context(route=route_of(request))


def route_of(request: Any) -> str:
    """Return the name of the address that was asked for: a path can hold a secret."""
    return getattr(request.resolver_match, "view_name", "") or ""


def _door(path: str) -> str:
    if path.startswith("/api/"):
        return "api"
    return "admin" if path.startswith("/admin/") else "page"
