"""The page of lists, and the enrollment report of a term."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.makers import alice, ivan, make_user, rita
from courses.models import Section
from courses.tests.makers import add_instructor, make_section, make_term
from students.models import WaitlistEntry
from students.tests.makers import enroll_directly, make_class, make_student

pytestmark = pytest.mark.django_db


def links(client):
    page = client.get(reverse("reports:report_list"))
    assert page.status_code == 200
    return set(re.findall(r'href="(/reports/[^"?]*\.csv)', page.content.decode()))


@pytest.mark.row("L06")
def test_everyone_is_offered_what_they_may_take_out_and_each_link_answers(client):
    section, _enrollments = make_class(term=make_term())
    plain = {"courses", "sections", "meetings", "timetable", "rooms", "appointments"}
    own = {f"sections/{section.public_id}/roster", f"sections/{section.public_id}/grades"}
    expected = {
        alice: plain | {"my-enrollments"},
        ivan: plain | own | {"enrollment"},
        rita: plain | {"enrollment", "students"},
    }
    for who, names in expected.items():
        client.force_login(who())
        found = links(client)
        assert found == {f"/reports/{name}.csv" for name in names}
        assert {client.get(href).status_code for href in found} == {200}


def test_the_page_of_lists_stands_without_a_term(client):
    client.force_login(alice())
    assert links(client) == {"/reports/courses.csv", "/reports/rooms.csv", "/reports/appointments.csv"}


@pytest.fixture
def term():
    section = make_section(capacity=4, crn="111")
    make_section(capacity=2, crn="222", term=section.term, instructor=ivan())
    make_section(capacity=None, crn="333", term=section.term)
    make_section(capacity=9, crn="444", term=section.term, status="cancelled")
    for crn, people in [("111", 1), ("222", 2), ("333", 3)]:
        for _person in range(people):
            enroll_directly(make_student(), section.term.sections.get(crn=crn))
    WaitlistEntry.objects.create(student=make_student(), section=section.term.sections.get(crn="222"), seq=1)
    return section.term


def report(client, **query):
    page = client.get(reverse("reports:enrollment_report"), query)
    assert page.status_code == 200
    return page.context


@pytest.mark.row("Q01")
@pytest.mark.parametrize(
    ("order", "crns"),
    [
        ("", ["111", "222", "333"]),
        ("fullest", ["222", "111", "333"]),
        ("emptiest", ["111", "222", "333"]),
        ("waiting", ["222", "111", "333"]),
    ],
)
def test_staff_read_how_full_a_term_is(client, term, order, crns):
    client.force_login(rita())
    found = report(client, term=term.code, order=order)
    rows = {row.crn: (row.capacity, row.enrolled, row.waiting, row.fill) for row in found["page_obj"]}
    if order:
        assert [row.crn for row in found["page_obj"]] == crns
    assert rows == {"111": (4, 1, 0, 25.0), "222": (2, 2, 1, 100.0), "333": (None, 3, 0, None)}
    totals = found["totals"]
    assert (totals.sections, totals.seats, totals.enrolled, totals.waiting, totals.fill) == (3, 6, 6, 1, 50.0)


@pytest.mark.row("Q01")
def test_who_teaches_reads_the_own_sections_and_students_none(client, term):
    client.force_login(ivan())
    assert [row.crn for row in report(client)["page_obj"]] == ["222"]
    client.force_login(alice())
    assert client.get(reverse("reports:enrollment_report")).status_code == 403
    assert client.get(reverse("reports:figures_csv")).status_code == 403


@pytest.mark.row("Q01", "W05")
def test_who_assists_or_advises_reads_no_figures(client, term):
    helper, advisor = make_user(roles=["student"]), make_user(roles=["advisor"])
    add_instructor(Section.objects.get(crn="111"), helper, role="assistant")
    for person in (helper, advisor):
        client.force_login(person)
        assert client.get(reverse("reports:enrollment_report")).status_code == 403
        assert client.get(reverse("reports:figures_csv")).status_code == 403
    add_instructor(Section.objects.get(crn="333"), helper)
    client.force_login(helper)
    assert [row.crn for row in report(client)["page_obj"]] == ["333"]


def test_a_wrong_filter_is_said_and_shows_the_current_term(client, term):
    client.force_login(rita())
    found = report(client, term="NOPE", order="sideways", page="x")
    assert set(found["form"].errors) == {"term", "order"}
    assert found["term"] == term


def test_the_report_stands_without_a_term(client):
    client.force_login(rita())
    assert report(client)["term"] is None


@pytest.mark.row("R118")
@pytest.mark.parametrize("name", ["report_list", "enrollment_report"])
def test_pages_ask_as_many_queries_for_thirty_sections_as_for_three(client, name):
    counts = []
    for more in (3, 27):
        for _number in range(more):
            enroll_directly(make_student(), make_section(instructor=ivan()))
        client.force_login(ivan())
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(f"reports:{name}")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15
