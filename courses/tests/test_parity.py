"""Page, API and admin refuse alike: they call the same deeds."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.tests.makers import rita
from courses.models import Course, Section
from courses.tests.makers import make_course, make_section, make_term
from courses.tests.test_admin import codes_of as admin_codes
from courses.tests.test_admin import send, staff
from courses.tests.test_pages import codes_of as page_codes
from courses.tests.test_pages import shown

pytestmark = [pytest.mark.django_db, pytest.mark.row("W06", "I06")]


def taken_course():
    course = make_course("CSE", "11")
    facts = {"number": "11", "title": "Again"}
    subject = course.subject
    return None, facts, {"subject": subject.pk}, {"subject": str(subject.public_id)}, {"subject": subject.pk}


def archived_course():
    return make_course(status="archived"), {"title": "New"}, {}, {}, {}


def taken_crn():
    section, course = make_section(crn="777"), make_course("LIT", "1")
    facts = {"crn": "777", "section_number": "Z"}
    term = section.term
    api = {"course": str(course.public_id), "term": str(term.public_id)}
    return None, facts, {"course": "LIT 1", "term": term.code}, api, {"course": course.pk, "term": term.pk}


def taken_number():
    return make_section(term=make_term(), section_number="B"), {"section_number": "A"}, {}, {}, {}


def cancelled_section():
    return make_section(status="cancelled"), {"capacity": "3"}, {}, {}, {}


def too_many_credits():
    return make_section(), {"credit_hours": "9"}, {}, {}, {}


@pytest.mark.parametrize(
    ("model", "case", "code", "field"),
    [
        (Course, taken_course, "course_code_taken", "number"),
        (Course, archived_course, "course_wrong_state", None),
        (Section, taken_crn, "crn_taken", "crn"),
        (Section, taken_number, "section_number_taken", "section_number"),
        (Section, cancelled_section, "section_wrong_state", None),
        (Section, too_many_credits, "credits_out_of_range", "credit_hours"),
    ],
)
def test_the_three_doors_refuse_alike(client, model, case, code, field):
    row, facts, page_more, api_more, admin_more = case()
    if case is taken_number:
        make_section(term=row.term, course=row.course, section_number="A")
    before = list(model.objects.order_by("pk").values())
    client.force_login(staff(rita()))
    name = model.__name__.lower()
    page_url = reverse(f"courses:{name}_edit", args=[row.public_id]) if row else reverse(f"courses:{name}_create")
    assert page_codes(client.post(page_url, shown(client, page_url) | facts | page_more)) == {
        field or "__all__": [code]
    }
    api = APIClient()
    api.force_authenticate(rita())
    ask = api.patch if row else api.post
    answer = ask(f"/api/v1/{name}s/" + (f"{row.public_id}/" if row else ""), facts | api_more, format="json")
    assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == (409, code, field)
    assert admin_codes(send(client, name, facts | admin_more, row)) == {field or "__all__": [code]}
    assert list(model.objects.order_by("pk").values()) == before
