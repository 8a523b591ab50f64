"""Lists ask the same number of queries for few and many rows, as pages and by the API."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.tests.makers import alice, ivan, make_user, rita
from courses import operations
from courses.tests.makers import add_instructor, make_course, make_section, make_subject, make_term

pytestmark = [pytest.mark.django_db, pytest.mark.row("R118")]
PAGES = ["term_list", "subject_list", "course_list", "section_list", "my_sections"]
MOST = 15


def fill(number, course):
    """Make some of everything that a list could show."""
    for _number in range(number):
        part = make_term(kind="part_of_term", parent=make_term())
        make_course(make_subject(part.code[:10]))
        section = make_section(course=course, instructor=rita())
        add_instructor(section, ivan(), role="assistant")
        operations.cross_list([section, make_section()], by=None)


def queries_of(ask):
    ask()
    with CaptureQueriesContext(connection) as seen:
        assert ask().status_code == 200
    return len(seen)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_as_many_queries_for_three_as_for_thirty(client, name):
    client.force_login(rita())
    counts, course = [], make_course()
    for more in (3, 27):
        fill(more, course)
        counts.append(queries_of(lambda: client.get(reverse(f"courses:{name}"))))
    assert counts[0] == counts[1] <= MOST


@pytest.mark.parametrize("who", [alice, rita])
def test_the_page_of_a_course_asks_as_many_queries_for_few_sections_as_for_many(client, who):
    client.force_login(who())
    counts, course = [], make_course()
    for more in (3, 27):
        fill(more, course)
        counts.append(queries_of(lambda: client.get(reverse("courses:course_detail", args=[course.public_id]))))
    assert counts[0] == counts[1] <= MOST


def test_the_page_of_a_section_asks_as_many_queries_for_two_people_and_sections_as_for_many(client):
    client.force_login(rita())
    counts = []
    for many in (2, 12):
        sections = [make_section() for _number in range(many)]
        for _section in sections:
            add_instructor(sections[0], make_user(), role="assistant")
        tree = {"all": [{"course": str(section.course.public_id)} for section in sections[1:]]}
        operations.set_requirement(sections[0], tree, by=None)
        operations.cross_list(sections, by=None)
        url = reverse("courses:section_detail", args=[sections[0].public_id])
        counts.append(queries_of(partial(client.get, url)))
    assert counts[0] == counts[1] <= MOST


@pytest.mark.parametrize("name", ["terms", "subjects", "courses", "sections"])
@pytest.mark.parametrize("who", [None, rita])
def test_an_answer_of_the_api_asks_as_many_queries_for_three_as_for_thirty(name, who):
    api = APIClient()
    if who is not None:
        api.force_authenticate(who())
    counts, sizes, course = [], [], make_course()
    for more in (3, 27):
        fill(more, course)
        counts.append(queries_of(lambda: api.get(f"/api/v1/{name}/?page_size=200")))
        sizes.append(len(api.get(f"/api/v1/{name}/?page_size=200").json()["results"]))
    assert sizes[0] < sizes[1]
    assert counts[0] == counts[1] <= MOST
