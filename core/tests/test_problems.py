"""Each kind of error has one status and one shape."""

import orjson
import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404
from psycopg import errors as pg
from rest_framework import exceptions
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from core.access import DenyAll, Public, allowed
from core.errors import Busy, Conflict, NotAllowed
from core.renderers import OrjsonRenderer
from core.rules import Check, rule

pytestmark = pytest.mark.row("I05")


class Full(Conflict):
    code = "full"
    message = "All %(seats)s seats are taken."
    field = "section"


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def answer(error: Exception, **view):
    def post(self, request):
        raise error

    options = {"authentication_classes": [], "permission_classes": [Public], "post": post} | view
    response = type("View", (APIView,), options).as_view()(APIRequestFactory().post("/", {}, format="json"))
    response.render()
    return response, orjson.loads(response.content)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Full(seats=3), 409, "full"),
        (NotAllowed(), 403, "not_allowed"),
        (Busy(), 503, "busy"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "not_allowed"),
        (DjangoValidationError({"name": "Too long."}), 400, "invalid"),
        (exceptions.ValidationError({"name": ["Too long."]}), 400, "invalid"),
        (exceptions.ParseError(), 400, "parse_error"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (caused(OperationalError(), pg.LockNotAvailable()), 503, "busy"),
        (caused(OperationalError(), pg.DeadlockDetected()), 503, "busy"),
        (caused(IntegrityError(), pg.UniqueViolation()), 409, "taken"),
        (caused(IntegrityError(), pg.ExclusionViolation()), 409, "taken"),
        (DataError("NUL"), 400, "invalid"),
        (OverflowError(), 400, "invalid"),
        (caused(IntegrityError(), pg.CheckViolation()), 500, "internal"),
        (ZeroDivisionError("secret"), 500, "internal"),
    ],
)
def test_error_becomes_its_problem(error, status, code):
    response, body = answer(error)
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert response["Content-Type"] == "application/problem+json"
    assert ("Retry-After" in response) == (status == 503)
    assert "secret" not in response.content.decode()


def test_refusal_tells_field_facts_and_rules():
    check = Check(
        [
            rule(True, Conflict(), title="Time"),
            rule(False, Full(seats=3), lifted_by="registrar", lifted_with="over_capacity"),
        ]
    )
    with pytest.raises(Full) as caught:
        check.raise_refusal()
    _response, body = answer(caught.value)
    assert body == {
        "type": "about:blank",
        "title": "Not possible now.",
        "status": 409,
        "code": "full",
        "detail": "All 3 seats are taken.",
        "field": "section",
        "facts": {"seats": 3},
        "rules": [
            {
                "rule": "conflict",
                "title": "Time",
                "passed": True,
                "reason": "",
                "facts": {},
                "lifted_by": None,
                "lifted_with": None,
            },
            {
                "rule": "full",
                "title": "",
                "passed": False,
                "reason": "All 3 seats are taken.",
                "facts": {"seats": 3},
                "lifted_by": "registrar",
                "lifted_with": "over_capacity",
            },
        ],
    }


def test_malformed_input_is_told_by_field():
    _response, body = answer(exceptions.ValidationError({"name": ["Too long."], "non_field_errors": ["Odd."]}))
    assert body["errors"] == {"name": ["Too long."], "__all__": ["Odd."]}


def test_stranger_is_asked_to_sign_in():
    from accounts.api.authentication import TokenAuthentication

    response, body = answer(Full(seats=3), permission_classes=[DenyAll], authentication_classes=[TokenAuthentication])
    assert (response.status_code, body["code"]) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_policy_that_says_no_is_403():
    response, _body = answer(Full(seats=3), permission_classes=[allowed(lambda user: False)])
    assert response.status_code == 403


def test_renderer_writes_lazy_text_and_utc():
    from datetime import UTC, datetime

    from django.utils.translation import gettext_lazy

    data = {"text": gettext_lazy("Full"), "at": datetime(2026, 9, 1, tzinfo=UTC), 1: None}
    assert OrjsonRenderer().render(data) == b'{"text":"Full","at":"2026-09-01T00:00:00Z","1":null}'
