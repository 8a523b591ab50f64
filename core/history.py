"""The history that the database keeps of everything that can be disputed, and who is behind a change."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pghistory
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from pghistory.middleware import HistoryMiddleware as Base
from pghistory.middleware import WSGIRequest


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
        return {"user": request.user.pk, "door": _door(request.path), "route": ""}

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
