"""Errors on their way out of the API, as application/problem+json (RFC 9457). Status codes live only here."""

import logging
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from psycopg import errors as pg
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import Busy, Conflict, DomainError, NotAllowed, Taken
from core.locks import is_contention

logger = logging.getLogger(__name__)

STATUS: list[tuple[type[DomainError], int]] = [
    (NotAllowed, status.HTTP_403_FORBIDDEN),
    (Busy, status.HTTP_503_SERVICE_UNAVAILABLE),
    (Conflict, status.HTTP_409_CONFLICT),
    (DomainError, status.HTTP_409_CONFLICT),
]
TITLES = {
    400: _("The request is malformed."),
    401: _("Sign in first."),
    403: _("Not allowed."),
    404: _("Not found."),
    405: _("This method is not allowed here."),
    406: _("This format is not offered."),
    409: _("Not possible now."),
    413: _("The request is too large."),
    415: _("This content type is not accepted."),
    429: _("Too many requests."),
    500: _("Something went wrong."),
    503: _("Busy. Try again in a moment."),
}
RETRY_AFTER_SECONDS = "2"


def status_of(error: DomainError) -> int:
    return next(code for kind, code in STATUS if isinstance(error, kind))


def refusal_of(exc: BaseException) -> DomainError | None:
    """Return what a database error means in words: Busy or Taken; None when it is a bug."""
    if isinstance(exc, DomainError):
        return exc
    if isinstance(exc, OperationalError) and is_contention(exc):
        return Busy()
    if isinstance(exc, IntegrityError) and isinstance(exc.__cause__, pg.UniqueViolation | pg.ExclusionViolation):
        return Taken()
    return None


def out_of_range(exc: BaseException) -> bool:
    """Return whether a value was too big for its column or for the calendar, which only input can cause."""
    return isinstance(exc, DataError | OverflowError)


def problem(code: int, *, error_code: str = "", detail: str = "", **more: Any) -> dict[str, Any]:
    """Return the body of a problem; members that are empty are left out."""
    body: dict[str, Any] = {"type": "about:blank", "title": str(TITLES.get(code, _("Error"))), "status": code}
    body["code"] = error_code or {400: "invalid", 401: "not_authenticated", 404: "not_found"}.get(code, "error")
    body["detail"] = detail or body["title"]
    body.update({key: value for key, value in more.items() if value not in (None, {}, [])})
    return body


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Return the problem of an exception; a bug is a 500 with nothing but the number of its log entry."""
    set_rollback()
    if refusal := refusal_of(exc):
        code = status_of(refusal)
        more = {"field": refusal.field, "facts": refusal.facts, "rules": refusal.rules}
        body = problem(code, error_code=refusal.code, detail=str(refusal), **more)
        return _answer(body, {"Retry-After": RETRY_AFTER_SECONDS} if code == 503 else {})
    if isinstance(exc, Http404):
        return _answer(problem(404))
    if isinstance(exc, PermissionDenied):
        return _answer(problem(403, error_code="not_allowed"))
    if isinstance(exc, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return _answer(problem(413, error_code="too_large"))
    if isinstance(exc, DjangoValidationError):
        return _answer(problem(400, errors=_django_errors(exc)))
    if isinstance(exc, exceptions.ValidationError):
        detail = exc.detail if isinstance(exc.detail, dict) else {"__all__": exc.detail}
        return _answer(problem(400, errors=_plain(detail)))
    if isinstance(exc, exceptions.APIException):
        headers = {}
        if (wait := getattr(exc, "wait", None)) is not None:
            headers["Retry-After"] = str(int(wait))
        if header := getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = header
        codes = exc.get_codes()
        name = codes if isinstance(codes, str) else "invalid"
        return _answer(problem(exc.status_code, error_code=name, detail=str(exc.detail)), headers)
    if out_of_range(exc):
        return _answer(problem(400, detail=str(_("A value is out of range."))))
    # A bug: logged with an id that the caller can quote; the answer tells nothing else.
    incident = uuid.uuid4().hex
    logger.exception("Incident %s", incident, exc_info=exc)
    return _answer(problem(500, error_code="internal", incident=incident))


def _answer(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(body, status=body["status"], headers=headers, content_type="application/problem+json")


def _django_errors(exc: DjangoValidationError) -> dict[str, list[str]]:
    if hasattr(exc, "error_dict"):
        return {field: [str(text) for text in texts] for field, texts in exc.message_dict.items()}
    return {"__all__": [str(text) for text in exc.messages]}


def _plain(detail: Any) -> Any:
    if isinstance(detail, dict):
        return {"__all__" if key == "non_field_errors" else str(key): _plain(value) for key, value in detail.items()}
    if isinstance(detail, list | tuple):
        return [_plain(value) for value in detail]
    return str(detail)
