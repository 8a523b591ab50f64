"""Refusals that no view caught become pages or problems, never a crash."""

from collections.abc import Callable
from typing import Any

import orjson
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import Busy, DomainError
from core.locks import is_contention
from core.problems import RETRY_AFTER_SECONDS, problem, status_of


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return self._malformed(request)
        if request.method == "POST" and not request.path.startswith("/api/") and self._has_nul(request):
            return self._malformed(request)
        response = self.get_response(request)
        if request.path.startswith("/api/") and response.status_code in {400, 404, 405, 500}:
            return _as_problem(response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OperationalError) and is_contention(exception):
            exception = Busy()
        if not isinstance(exception, DomainError):
            return None
        code = status_of(exception)
        response = render(request, "errors/refused.html", {"refusal": exception}, status=code)
        if code == 503:
            response["Retry-After"] = RETRY_AFTER_SECONDS
        return response

    def _has_nul(self, request: HttpRequest) -> bool:
        return any("\x00" in value for values in request.POST.lists() for value in values[1])

    def _malformed(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return _problem_response(400, detail="Text cannot contain the character NUL.")
        return render(request, "errors/400.html", status=400)


def _as_problem(response: HttpResponse) -> HttpResponse:
    kind: Any = response.get("Content-Type", "")
    return response if "json" in kind else _problem_response(response.status_code)


def _problem_response(code: int, **more: Any) -> HttpResponse:
    return HttpResponse(orjson.dumps(problem(code, **more)), status=code, content_type="application/problem+json")
