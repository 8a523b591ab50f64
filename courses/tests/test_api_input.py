"""Input that no honest program sends: always a 4xx in words, never a crash, never a row."""

import uuid

import pytest
from rest_framework.test import APIClient

from accounts.tests.makers import make_user, rita
from courses.models import Course, Section, Subject, Term
from courses.tests.makers import make_course, make_section, make_subject, make_term
from courses.tests.test_api import at, refused, section_data

pytestmark = [pytest.mark.django_db, pytest.mark.row("I06")]
LISTS = ["terms", "subjects", "courses", "sections"]
HUGE = 10**18
BODIES = [
    b"",
    b"{",
    b"nonsense",
    b"[]",
    b'"text"',
    b"null",
    b"[[[[[[1]]]]]]",
    b'{"code": "A", "code": "B"}',
    b'{"name": "nul \\u0000"}',
    b'{"name": "lone \\ud800"}',
    b"\xff\xfe",
    b'{"capacity": NaN}',
    b'{"capacity": 1e999}',
    b'{"capacity": ' + b"9" * 5000 + b"}",
    b'{"a":' * 300 + b"1" + b"}" * 300,
]


@pytest.fixture
def office():
    api = APIClient(raise_request_exception=True)
    api.force_authenticate(rita())
    return api


def everything():
    return [model.objects.count() for model in (Term, Subject, Course, Section)]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_no_object_is_malformed(office, name, body):
    answer = office.generic("POST", at(name), body, content_type="application/json")
    assert refused(answer)[0] == 400
    assert everything() == [0, 0, 0, 0]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_another_content_type_is_refused(office, kind):
    answer = office.generic("POST", at("subjects"), b"code=LIT", content_type=kind)
    assert refused(answer)[0] == 415


@pytest.mark.parametrize(
    "bad",
    [
        {"more": 1},
        {"id": str(uuid.UUID(int=7))},
        {"status": "open"},
        {"course": "nonsense"},
        {"course": str(uuid.UUID(int=7))},
        {"course": 1},
        {"course": None},
        {"course": []},
        {"term": {"code": "F31"}},
        {"crn": ""},
        {"crn": "x" * 21},
        {"crn": "bad\nline"},
        {"crn": "<b>"},
        {"crn": {"a": 1}},
        {"section_number": "x" * 11},
        {"section_number": ["A"]},
        {"capacity": -1},
        {"capacity": HUGE},
        {"capacity": 1.5},
        {"capacity": "many"},
        {"capacity": True},
        {"capacity": []},
        {"waitlist_capacity": HUGE},
        {"waitlist_mode": "perhaps"},
        {"instructional_method": None},
        {"credit_hours": HUGE},
        {"credit_hours": "NaN"},
        {"credit_hours": -1},
        {"start_date": "2031-02-30"},
        {"start_date": "0000-01-01"},
        {"start_date": 5},
        {"start_date": "2031-05-01", "end_date": "2031-04-01"},
        {"registration_opens_at": "2031-05-01T25:00:00Z"},
        {"registration_opens_at": "99999-01-01T00:00:00Z"},
        {"access_ends_at": {}},
        {"description": "x" * 20_001},
        {"title": 5 * ["x"]},
    ],
)
def test_a_section_of_nonsense_is_malformed(office, bad):
    data = section_data()
    assert refused(office.post(at("sections"), data | bad, format="json"))[0] == 400
    assert not Section.objects.exists()


def test_more_credit_hours_than_the_course_gives_are_a_conflict(office):
    answer = office.post(at("sections"), section_data(credit_hours=99), format="json")
    assert refused(answer) == (409, "credits_out_of_range")


@pytest.mark.parametrize(
    "bad",
    [
        {"number": ""},
        {"number": "x" * 11},
        {"number": "1\x0b2"},
        {"title": ""},
        {"title": "x" * 201},
        {"subject": "CSE"},
        {"subject": str(uuid.UUID(int=7))},
        {"credit_hours_min": -1},
        {"credit_hours_min": "1e5"},
        {"credit_hours_min": "1.234"},
        {"credit_hours_min": 4, "credit_hours_max": 2},
        {"status": "published"},
    ],
)
def test_a_course_of_nonsense_is_malformed(office, bad):
    data = {"subject": str(make_subject().public_id), "number": "1", "title": "x"}
    assert refused(office.post(at("courses"), data | bad, format="json"))[0] == 400
    assert not Course.objects.exists()


@pytest.mark.parametrize(
    "bad",
    [
        {"code": "é"},
        {"code": " "},
        {"name": ""},
        {"kind": "decade"},
        {"parent": str(uuid.UUID(int=7))},
        {"parent": "x"},
        {"end_date": "2031-08-31"},
        {"end_date": None},
        {"is_published": "perhaps"},
        {"add_deadline": "soon"},
        {"add_deadline": HUGE},
    ],
)
def test_a_term_of_nonsense_is_malformed(office, bad):
    data = {"code": "F31", "name": "Autumn", "start_date": "2031-09-01", "end_date": "2031-12-19"}
    assert refused(office.post(at("terms"), data | bad, format="json"))[0] == 400
    assert not Term.objects.exists()


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("key", [str(uuid.UUID(int=7)), "nonsense", "1", "%00", "x" * 500, "..%2f"])
def test_an_unknown_id_is_not_found(office, name, key):
    for method in ("get", "patch"):
        answer = getattr(office, method)(f"/api/v1/{name}/{key}/", **({"format": "json"} if method == "patch" else {}))
        assert refused(answer)[0] in {400, 404}
    for deed in ("publish", "open", "cross-listing"):
        assert refused(office.post(f"/api/v1/{name}/{key}/{deed}/"))[0] in {400, 404}


def test_methods_that_do_not_exist_are_refused(office):
    section = make_section()
    for method, url in (("put", at("sections", section)), ("delete", at("sections", section)), ("delete", at("terms"))):
        assert refused(getattr(office, method)(url))[0] == 405
    assert Section.objects.exists()


def test_an_empty_change_changes_nothing(office):
    for name, row in (("terms", make_term()), ("courses", make_course()), ("sections", make_section())):
        assert office.patch(at(name, row), {}, format="json").status_code == 200


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"instructors": None},
        {"instructors": {}},
        {"instructors": [None]},
        {"instructors": [[]]},
        {"instructors": [{"id": None}]},
        {"instructors": [{"id": str(uuid.UUID(int=7))}]},
        {"instructors": [{"role": "dean"}]},
        {"instructors": [{"id": 1, "role": "instructor"}]},
    ],
)
def test_people_of_nonsense_are_malformed(office, bad):
    section = make_section(instructor=make_user())
    assert refused(office.put(at("sections", section, "instructors"), bad, format="json"))[0] == 400
    assert section.section_instructors.count() == 1


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"sections": None},
        {"sections": "x"},
        {"sections": [None]},
        {"sections": [str(uuid.UUID(int=7))]},
        {"sections": [{}]},
        {"sections": [], "capacity": HUGE},
        {"sections": ["x"] * 50},
    ],
)
def test_a_cross_list_of_nonsense_is_malformed(office, bad):
    section = make_section()
    assert refused(office.post(at("sections", section, "cross-listing"), bad, format="json"))[0] == 400


@pytest.mark.parametrize("key", ["", "k" * 201, "line\nbreak", "\x00"])
def test_an_odd_key_does_no_harm(office, key):
    headers = {"Idempotency-Key": key}
    data = {"code": "LIT", "name": "Letters"}
    status = office.post(at("subjects"), data, format="json", headers=headers).status_code
    assert status == (400 if key else 201)
    assert Subject.objects.count() == (0 if key else 1)


@pytest.mark.parametrize("deed", ["", "open", "requirements", "instructors", "cross-listing"])
def test_asking_what_is_possible_is_answered(office, deed):
    section = make_section()
    for api in (APIClient(), office):
        for url in (at("sections"), at("sections", section, deed), f"/api/v1/sections/{uuid.UUID(int=7)}/"):
            assert api.options(url).status_code in {200, 401, 404, 405}
