"""Under /api/ everything is a problem; NUL is refused before any view."""

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from psycopg import errors as pg

from core.middleware import RefusalMiddleware


@pytest.mark.parametrize(
    ("url", "status"),
    [("/api/v1/nothing-here/", 404), ("/api/v1/terms/?a=%00", 400), ("/api/v1/%00/", 400), ("/api/nothing", 404)],
)
def test_api_answers_with_a_problem(url, status):
    response = Client().get(url)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status


@pytest.mark.django_db
@pytest.mark.parametrize("data", [{"a": "b\0"}, {"a\0": "b"}])
def test_nul_in_a_form_is_the_page_of_malformed_requests(data):
    response = Client().post("/theme/", data)
    assert response.status_code == 400
    assert "text/html" in response["Content-Type"]


@pytest.mark.django_db
def test_lock_that_does_not_come_is_a_page_that_asks_to_try_again():
    error = OperationalError()
    error.__cause__ = pg.LockNotAvailable()
    request = RequestFactory().get("/")
    response = RefusalMiddleware(lambda _request: HttpResponse()).process_exception(request, error)
    assert response is not None
    assert (response.status_code, response["Retry-After"]) == (503, "2")


def test_bug_is_left_to_django():
    middleware = RefusalMiddleware(lambda _request: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/"), ZeroDivisionError()) is None
