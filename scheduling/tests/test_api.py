"""Rooms by script."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.makers import oscar
from scheduling.tests.makers import make_room


@pytest.mark.django_db
@pytest.mark.row("R118")
def test_rooms_are_listed_with_the_same_queries_for_one_and_many(django_assert_num_queries):
    api = APIClient()
    assert api.get("/api/v1/rooms/").status_code == 401
    api.force_authenticate(oscar())
    for more in (1, 9):
        for _time in range(more):
            room = make_room()
        with django_assert_num_queries(2):
            rows = api.get("/api/v1/rooms/").json()["results"]
    assert len(rows) == 10
    assert rows[-1]["id"] == str(room.public_id)
    assert api.get(f"/api/v1/buildings/{room.building.public_id}/").json()["code"] == room.building.code
    assert api.get("/api/v1/closures/").json()["results"] == []
