"""Input that is not known is refused, and the model's own checks answer before the database does."""

import pytest
from django.contrib.auth import get_user_model
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.filters import StrictFilterSet
from core.serializers import CleanModelSerializer, StrictSerializer

User = get_user_model()


class Named(StrictSerializer):
    name = serializers.CharField()
    born_on = serializers.DateField(required=False)
    seen_at = serializers.DateTimeField(required=False)
    made_by = serializers.CharField(read_only=True)


class People(CleanModelSerializer):
    class Meta:
        model = User
        fields = ["given_name", "family_name"]


class Filters(StrictFilterSet):
    class Meta:
        model = User
        fields = ["given_name", "public_id", "is_active"]


@pytest.mark.parametrize(
    ("data", "at_fault"),
    [
        ({"name": "a", "nam": "b"}, {"nam"}),
        ({"name": "a", "made_by": "b"}, {"made_by"}),
        ({"name": "a\0"}, {"name"}),
        ({"name": 5}, {"name"}),
        ({"name": True}, {"name"}),
        ({"name": "a", "born_on": "1899-12-31"}, {"born_on"}),
        ({"name": "a", "seen_at": "2201-01-01T00:00:00Z"}, {"seen_at"}),
        ({}, {"name"}),
        ([], {"non_field_errors"}),
        (None, {"non_field_errors"}),
        ("text", {"non_field_errors"}),
    ],
)
def test_input_at_fault_is_named(data, at_fault):
    serializer = Named(data=data)
    assert not serializer.is_valid()
    assert set(serializer.errors) == at_fault


@pytest.mark.django_db
def test_refused_instance_stays_unchanged():
    alice = User.objects.create(email="alice@example.edu", given_name="Alice", family_name="Test")
    serializer = People(alice, data={"given_name": "x" * 5000}, partial=True)
    assert not serializer.is_valid()
    assert alice.given_name == "Alice"


@pytest.mark.django_db
def test_checks_of_the_model_are_asked():
    alice = User.objects.create(email="not an address", given_name="Alice", family_name="Test")
    serializer = People(alice, data={"given_name": "Alicia"}, partial=True)
    assert not serializer.is_valid()
    assert "email" in serializer.errors
    assert alice.given_name == "Alice"


def test_unknown_parameter_is_refused_and_paging_is_not():
    Filters(QueryDict("given_name=a&page_size=5&cursor=x"), User.objects.all())
    with pytest.raises(ValidationError) as caught:
        Filters(QueryDict("given=a"), User.objects.all())
    assert set(caught.value.detail) == {"given"}


def test_an_empty_parameter_that_is_no_text_is_refused():
    Filters(QueryDict("given_name="), User.objects.all())
    with pytest.raises(ValidationError) as caught:
        Filters(QueryDict("public_id="), User.objects.all())
    assert set(caught.value.detail) == {"public_id"}


@pytest.mark.parametrize("value", ["null", "perhaps", "1", ""])
def test_a_flag_is_true_or_false(value):
    Filters(QueryDict("is_active=false"), User.objects.all())
    with pytest.raises(ValidationError) as caught:
        Filters(QueryDict(f"is_active={value}"), User.objects.all())
    assert set(caught.value.detail) == {"is_active"}


@pytest.mark.parametrize("query", ["public_id=x", "given_name=%00"])
def test_odd_value_of_a_filter_is_malformed(query):
    assert not Filters(QueryDict(query), User.objects.all()).is_valid()
