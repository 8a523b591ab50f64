"""Refusals that no view caught become pages or problems, never a crash."""

from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render

from core.problems import RETRY_AFTER_SECONDS, out_of_range, problem, refusal_of, status_of


class RefusalMiddleware:
    """Answer refusals with a page, and everything under /api/ as a problem.

    NUL is refused here once for all pages: PostgreSQL cannot store it, and a raw query parameter would crash.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            return self._malformed(request)
        if int(length[:18]) > settings.LARGEST_REQUEST:
            # Before a byte of it is read.
            return self._too_large(request)
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return self._malformed(request)
        try:
            if request.method == "POST" and not request.path.startswith("/api/") and self._has_nul(request):
                return self._malformed(request)
        except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
            return self._too_large(request)
        except UnreadablePostError:
            # The client went away, or was too slow for whoever stands in front.
            return self._malformed(request)
        response = self.get_response(request)
        if request.path.startswith("/api/") and response.status_code in {400, 404, 405, 500}:
            return _as_problem(response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if out_of_range(exception):
            return self._malformed(request)
        refusal = refusal_of(exception)
        if refusal is None:
            return None
        code = status_of(refusal)
        response = render(request, "errors/refused.html", {"refusal": refusal}, status=code)
        if code == 503:
            response["Retry-After"] = RETRY_AFTER_SECONDS
        return response

    def _has_nul(self, request: HttpRequest) -> bool:
        return any("\x00" in text for name, values in request.POST.lists() for text in [name, *values])

    def _too_large(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return _problem_response(413)
        return render(request, "errors/413.html", status=413)

    def _malformed(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return _problem_response(400, detail="The request contains something that cannot be read.")
        return render(request, "errors/400.html", status=400)


def _as_problem(response: HttpResponse) -> HttpResponse:
    kind: Any = response.get("Content-Type", "")
    if "json" in kind:
        return response
    answer = _problem_response(response.status_code)
    if "Allow" in response:
        answer["Allow"] = response["Allow"]
    return answer


def _problem_response(code: int, **more: Any) -> HttpResponse:
    return HttpResponse(orjson.dumps(problem(code, **more)), status=code, content_type="application/problem+json")
