"""The pages of the catalogue."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.makers import alice, ivan, rita
from courses.tests.makers import make_course, make_section

pytestmark = pytest.mark.django_db


def test_a_draft_is_hidden_from_students_and_shown_to_staff(client):
    address = reverse("courses:course_detail", args=[make_course(status="draft").public_id])
    seen = []
    for who in (alice, rita):
        client.force_login(who())
        seen.append(client.get(address).status_code)
    assert seen == [404, 200]


def test_the_list_of_all_sections_is_for_staff(client):
    seen = []
    for who in (alice, ivan, rita):
        client.force_login(who())
        seen.append(client.get(reverse("courses:section_list")).status_code)
    assert seen == [403, 403, 200]


@pytest.mark.parametrize("name", ["course_list", "section_list", "my_sections"])
def test_lists_ask_as_many_queries_for_three_as_for_thirty(client, name):
    client.force_login(rita())
    counts = []
    for more in (3, 27):
        for _number in range(more):
            make_section(instructor=rita())
        client.get(reverse(f"courses:{name}"))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(reverse(f"courses:{name}")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
