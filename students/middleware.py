"""What stays open while a teacher looks at a section as a student of it."""

from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.problems import problem, status_of
from students.errors import PreviewForbids

# What the session of somebody who looks as a student holds of it: key and name of the section.
PREVIEW = "preview"
READS = {"GET", "HEAD"}
# The preview itself, and pages that show nothing of a class.
OPEN_PAGES = {"students:section_preview", "students:section_preview_grades", "health_live", "health_ready"}
OPEN = {"students:preview_end POST", "account_logout GET", "account_logout POST", "theme POST"}


class PreviewMiddleware:
    """Shut every other door while a section is looked at as a student: what else a page shows is not a student's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a session there is nothing to ask for: a public page costs no query.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            request.preview = request.session.get(PREVIEW)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not getattr(request, "preview", None) or request.resolver_match is None:
            return None
        name = request.resolver_match.view_name or ""
        return None if is_open(name, request.method or "") else _refused(request)


def is_open(name: str, method: str) -> bool:
    return f"{name} {method}" in OPEN or (name in OPEN_PAGES and method in READS)


def _refused(request: HttpRequest) -> HttpResponse:
    error = PreviewForbids()
    code = status_of(error)
    if not request.path.startswith("/api/"):
        return render(request, "errors/refused.html", {"refusal": error}, status=code)
    body = orjson.dumps(problem(code, error_code=error.code, detail=str(error)))
    return HttpResponse(body, status=code, content_type="application/problem+json")
