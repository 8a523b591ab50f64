"""A page of the API asks for a cursor that the API gave, and a size that it offers."""

import base64
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core.pagination import KeysetPagination

User = get_user_model()


def page(**query):
    request = Request(APIRequestFactory().get("/", query))
    paginator = KeysetPagination()
    rows = paginator.paginate_queryset(User.objects.all(), request)
    return rows, paginator.get_next_link()


def cursor(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("size", ["0", "201", "-1", "x", "", "9" * 5000, "٣", "1.0"])
def test_size_that_is_not_offered_is_malformed(size):
    with pytest.raises(ValidationError):
        page(page_size=size)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "made_up", ["x", "é", "%%%", cursor("p=abc"), cursor("p=%00"), cursor("o=-1"), cursor("p=" + "9" * 400)]
)
def test_cursor_made_up_is_malformed_or_harmless(made_up):
    try:
        rows, _link = page(cursor=made_up)
    except ValidationError:
        # The transaction around it is still good.
        assert not User.objects.exists()
        return
    assert isinstance(rows, list)


@pytest.mark.django_db
def test_pages_follow_each_other_until_there_is_none():
    for n in range(3):
        User.objects.create(email=f"p{n}@example.edu", given_name="P", family_name=str(n))
    first, link = page(page_size=2)
    assert len(first) == 2
    assert link is not None
    rest, end = page(page_size=2, cursor=link.split("cursor=")[1].split("&")[0].replace("%3D", "="))
    assert [user.family_name for user in [*first, *rest]] == ["0", "1", "2"]
    assert end is None


@pytest.mark.django_db
def test_pages_follow_the_order_of_a_related_row():
    for n in range(3):
        user = User.objects.create(email=f"p{n}@example.edu", family_name=str(2 - n))
        EmailAddress.objects.create(user=user, email=user.email)
    seen, query = [], {}
    while query is not None:
        request = Request(APIRequestFactory().get("/", {"page_size": 1, **query}))
        paginator = KeysetPagination()
        rows = paginator.paginate_queryset(
            EmailAddress.objects.select_related("user"), request, SimpleNamespace(keyset=("user__family_name", "pk"))
        )
        seen += [row.user.family_name for row in rows]
        link = paginator.get_next_link()
        query = dict(parse_qsl(urlsplit(link).query)) if link else None
    assert seen == ["0", "1", "2"]
