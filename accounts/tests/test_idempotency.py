"""The same creating request twice; and races for one token and one key."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts import operations
from accounts.api import tokens
from accounts.api.idempotency import IdempotentCreate
from accounts.models import IdempotencyRecord, PersonalToken
from accounts.tests.makers import alice, oscar
from core.access import Authenticated
from core.errors import Busy, Conflict, NotAllowed


def create_token(request):
    """The deed of these tests: one row for each call, or the refusal that the body asks for."""
    many = PersonalToken.objects.count()
    PersonalToken.objects.create(user=request.user, name="x", hash=f"{many}", scopes=["x"], expires_at=timezone.now())
    refusals = {"conflict": Conflict(), "forbidden": NotAllowed(), "busy": Busy(), "crash": ValueError("bug")}
    if refusal := refusals.get(request.data.get("refuse")):
        raise refusal
    return Response({"name": request.data.get("name"), "count": PersonalToken.objects.count()}, status=201)


class MakeView(IdempotentCreate, APIView):
    permission_classes = [Authenticated]

    def post(self, request):
        return create_token(request)


class MakeViewSet(IdempotentCreate, GenericViewSet):
    permission_classes = [Authenticated]

    def create(self, request):
        return create_token(request)

    def other(self, request):
        return create_token(request)


def ask(user, key="one", view=None, **data):
    headers = {"Idempotency-Key": key} if key else {}
    request = APIRequestFactory().post("/things/", data, format="json", headers=headers)
    force_authenticate(request, user)
    answer = (view or MakeView.as_view())(request)
    answer.render()
    return answer


@pytest.mark.row("I05")
@pytest.mark.django_db
@pytest.mark.parametrize("view", [MakeView.as_view(), MakeViewSet.as_view({"post": "create"})])
def test_a_replay_gets_the_first_answer_and_makes_nothing(view):
    person = alice()
    first, second = ask(person, view=view, name="a"), ask(person, view=view, name="a")
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 201
    assert PersonalToken.objects.count() == 1


@pytest.mark.row("I05")
@pytest.mark.django_db
def test_without_a_key_and_with_two_keys_two_things_are_made():
    ask(alice(), key="", name="a")
    ask(alice(), key="one", name="a")
    ask(alice(), key="two", name="a")
    assert PersonalToken.objects.count() == 3


@pytest.mark.row("I05")
@pytest.mark.django_db
def test_a_deed_that_does_not_create_is_left_alone():
    view = MakeViewSet.as_view({"post": "other"})
    ask(alice(), view=view)
    ask(alice(), view=view)
    assert PersonalToken.objects.count() == 2


@pytest.mark.row("I05")
@pytest.mark.django_db
def test_a_key_of_another_request_is_a_conflict():
    ask(alice(), name="a")
    answer = ask(alice(), name="b")
    assert (answer.status_code, answer.data["code"]) == (409, "idempotency_key_reused")
    assert PersonalToken.objects.count() == 1


@pytest.mark.row("I05")
@pytest.mark.django_db
def test_a_key_belongs_to_one_person():
    ask(alice(), name="a")
    assert ask(oscar(), name="a").data["count"] == 2


@pytest.mark.row("I05")
@pytest.mark.django_db
def test_a_conflict_is_an_answer_and_is_kept():
    first, second = ask(alice(), refuse="conflict"), ask(alice(), refuse="conflict")
    assert (first.status_code, second.status_code) == (409, 409)
    assert first.data == second.data
    assert second["Content-Type"] == "application/problem+json"
    assert (PersonalToken.objects.count(), IdempotencyRecord.objects.count()) == (0, 1)


@pytest.mark.row("I05")
@pytest.mark.django_db
@pytest.mark.parametrize(("refuse", "status"), [("forbidden", 403), ("busy", 503), ("crash", 500)])
def test_other_refusals_keep_nothing(refuse, status):
    assert ask(alice(), refuse=refuse).status_code == status
    assert (PersonalToken.objects.count(), IdempotencyRecord.objects.count()) == (0, 0)


@pytest.mark.row("I05")
@pytest.mark.django_db
def test_an_endless_key_is_a_400():
    assert ask(alice(), key="x" * 201).status_code == 400


def together(number, deed):
    """Call `deed` from `number` threads that all start at one barrier and return what each got."""
    barrier = threading.Barrier(number)

    def run(_number):
        try:
            barrier.wait(30)
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


@pytest.mark.row("I05")
@pytest.mark.django_db(transaction=True)
def test_thirty_identical_requests_at_once_make_one_thing():
    person = alice()
    answers = together(30, lambda: ask(person, name="a"))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, b'{"name":"a","count":1}')}
    assert PersonalToken.objects.count() == 1


@pytest.mark.row("R52")
@pytest.mark.django_db(transaction=True)
def test_of_twenty_refreshes_of_one_token_exactly_one_succeeds():
    pair = tokens.issue(alice())

    def refresh():
        try:
            return bool(tokens.rotate(pair["refresh"]))
        except tokens.Refused:
            return False

    assert sum(together(20, refresh)) == 1


@pytest.mark.row("K03")
@pytest.mark.django_db(transaction=True)
def test_rotating_a_feed_twice_at_once_leaves_one_live_secret():
    person = alice()
    secrets = together(8, lambda: operations.rotate_feed(person, by=person))
    assert [operations.feed_owner(secret) for secret in secrets].count(person) == 1
