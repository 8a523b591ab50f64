"""The catalogue by script: each deed done, refused, repeated with a key, and kept from strangers."""

from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from courses import operations
from courses.models import Course, Section, Subject, Term
from courses.tests.makers import add_instructor, make_course, make_section, make_subject, make_term

pytestmark = [pytest.mark.django_db, pytest.mark.row("I06")]
PROBLEM = "application/problem+json"


@pytest.fixture
def office():
    return as_user(rita())


def as_user(user=None):
    api = APIClient()
    api.force_authenticate(user)
    return api


def at(name, row=None, deed=""):
    return f"/api/v1/{name}/" + (f"{row.public_id}/" if row else "") + (f"{deed}/" if deed else "")


def refused(answer):
    """Return status and code of a refusal."""
    assert answer.headers["Content-Type"] == PROBLEM
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["detail"]
    return answer.status_code, body["code"]


def section_data(**more):
    course = more.pop("course", None) or make_course()
    term = Term.objects.current() or make_term()
    ids = {"course": str(course.public_id), "term": str(term.public_id)}
    return {**ids, "crn": "100", "section_number": "A", **more}


@pytest.mark.row("C03")
def test_what_is_published_is_read_by_everybody_and_the_rest_by_staff():
    shown, draft = make_section(), make_course(status="draft")
    planned = make_section(status="planned", course=shown.course, instructor=ivan())
    hidden = make_term(is_published=False)
    seen = {}
    for person in (None, alice(), ivan(), rita()):
        api = as_user(person)
        lists = {name: {row["id"] for row in api.get(at(name)).json()["results"]} for name in ("courses", "sections")}
        rows = [("courses", draft), ("sections", planned), ("terms", hidden)]
        seen[person] = [api.get(at(name, row)).status_code for name, row in rows]
        assert (str(draft.public_id) in lists["courses"]) == (seen[person][0] == 200)
        assert (str(planned.public_id) in lists["sections"]) == (seen[person][1] == 200)
        assert api.get(at("sections", shown)).json()["crn"] == shown.crn
    assert seen == {None: [404] * 3, alice(): [404] * 3, ivan(): [404, 200, 404], rita(): [200] * 3}


@pytest.mark.row("W06")
@pytest.mark.parametrize(
    ("method", "name", "deed"),
    [
        ("post", "terms", ""),
        ("post", "subjects", ""),
        ("post", "courses", ""),
        ("post", "sections", ""),
        ("patch", "terms", None),
        ("patch", "subjects", None),
        ("patch", "courses", None),
        ("patch", "sections", None),
        ("post", "courses", "publish"),
        ("post", "courses", "archive"),
        ("put", "courses", "requirements"),
        ("post", "sections", "open"),
        ("post", "sections", "close"),
        ("post", "sections", "complete"),
        ("post", "sections", "cancel"),
        ("put", "sections", "requirements"),
        ("put", "sections", "instructors"),
        ("post", "sections", "cross-listing"),
        ("patch", "sections", "cross-listing"),
        ("delete", "sections", "cross-listing"),
    ],
)
def test_strangers_change_nothing_and_learn_nothing(method, name, deed):
    section, hidden = make_section(), make_section(status="planned", course=make_course(status="draft"))
    hidden_term = make_term(is_published=False)
    rows = {
        "terms": (section.term, hidden_term),
        "subjects": (section.course.subject, None),
        "courses": (section.course, hidden.course),
        "sections": (section, hidden),
    }
    open_row, hidden_row = rows[name] if deed != "" else (None, None)
    for person, status in ((None, 401), (alice(), 403), (oscar(), 403), (ivan(), 403)):
        answer = getattr(as_user(person), method)(at(name, open_row, deed or ""), {}, format="json")
        assert refused(answer)[0] == status
    if hidden_row is not None:
        answer = getattr(as_user(alice()), method)(at(name, hidden_row, deed or ""), {}, format="json")
        assert refused(answer) == (404, "not_found")
    counts = [model.objects.count() for model in (Term, Subject, Course, Section)]
    assert counts == [2, 1, 2, 2]
    section.refresh_from_db()
    assert section.status == "open"


@pytest.mark.row("C02", "W06")
def test_a_course_is_drafted_changed_published_and_archived(office):
    subject = make_subject("BIO")
    data = {"subject": str(subject.public_id), "number": "7", "title": "Cells", "credit_hours_min": "2"}
    answer = office.post(at("courses"), data | {"credit_hours_max": "4"}, format="json")
    assert answer.status_code == 201
    course = Course.objects.get()
    body = answer.json()
    assert body["id"] == str(course.public_id)
    assert (body["subject"], body["code"], body["status"], body["requirements"]) == ("BIO", "BIO 7", "draft", [])
    assert (body["credit_hours_min"], body["credit_hours_max"]) == ("2.00", "4.00")
    assert office.patch(at("courses", course), {"title": "Genes"}, format="json").json()["title"] == "Genes"
    assert office.post(at("courses", course, "publish")).json()["status"] == "published"
    assert refused(office.post(at("courses", course, "publish"))) == (409, "course_wrong_state")
    assert refused(office.post(at("courses"), data, format="json")) == (409, "course_code_taken")
    assert office.post(at("courses", course, "archive")).json()["status"] == "archived"
    assert refused(office.patch(at("courses", course), {"title": "x"}, format="json")) == (409, "course_wrong_state")


def test_a_refusal_names_its_field_and_its_facts(office):
    section = make_section(crn="777")
    answer = office.post(at("sections"), section_data(crn="777"), format="json")
    assert refused(answer) == (409, "crn_taken")
    body = answer.json()
    assert (body["field"], body["facts"]) == ("crn", {"crn": "777"})
    assert body["detail"] == "The term has a section with the CRN 777 already."
    assert section.term.sections.count() == 1


@pytest.mark.row("C03", "T04", "W06")
def test_a_section_is_planned_and_led_through_its_states(office):
    answer = office.post(at("sections"), section_data(capacity=30), format="json")
    assert answer.status_code == 201
    section = Section.objects.get()
    assert (answer.json()["status"], answer.json()["capacity"]) == ("planned", 30)
    for deed, status in (("open", "open"), ("close", "closed"), ("open", "open"), ("complete", "completed")):
        assert office.post(at("sections", section, deed)).json()["status"] == status
    assert refused(office.post(at("sections", section, "cancel"))) == (409, "section_wrong_state")


def test_a_section_is_changed_field_by_field_and_null_is_no_limit(office):
    section = make_section(capacity=5)
    body = office.patch(at("sections", section), {"capacity": None, "own_title": "x"}, format="json")
    assert refused(body) == (400, "invalid")
    body = office.patch(at("sections", section), {"capacity": None, "title": "Own"}, format="json").json()
    assert (body["capacity"], body["title"], body["own_title"]) == (None, "Own", "Own")
    section.refresh_from_db()
    assert (section.capacity, section.title) == (None, "Own")


def test_an_instructor_changes_the_description_and_nothing_else():
    section = make_section(instructor=ivan(), capacity=5)
    api = as_user(ivan())
    assert api.patch(at("sections", section), {"description": "Pens."}, format="json").json()["description"] == "Pens."
    assert refused(api.patch(at("sections", section), {"capacity": 9}, format="json")) == (403, "not_allowed")
    helper = make_user()
    add_instructor(section, helper, role="assistant")
    answer = as_user(helper).patch(at("sections", section), {"description": "x"}, format="json")
    assert refused(answer) == (403, "not_allowed")


@pytest.mark.row("T01", "T02")
def test_terms_and_subjects_are_made_changed_and_refused(office):
    data = {"code": "F31", "name": "Autumn", "start_date": "2031-09-01", "end_date": "2031-12-19"}
    assert office.post(at("terms"), data, format="json").status_code == 201
    answer = office.post(at("terms"), data | {"code": "G31"}, format="json")
    assert refused(answer) == (400, "invalid")
    assert answer.json()["errors"] == {"__all__": ["Another term of this kind covers some of these days."]}
    term = Term.objects.get()
    body = office.patch(at("terms", term), {"registration_opens_at": "2031-06-01T08:00:00Z"}, format="json").json()
    assert datetime.fromisoformat(body["registration_opens_at"]) == datetime(2031, 6, 1, 8, tzinfo=UTC)
    answer = office.patch(at("terms", term), {"parent": str(term.public_id)}, format="json")
    assert refused(answer) == (409, "term_inside_itself")
    assert office.post(at("subjects"), {"code": "LIT", "name": "Letters"}, format="json").status_code == 201
    answer = office.post(at("subjects"), {"code": "LIT", "name": "Again"}, format="json")
    assert refused(answer) == (400, "invalid")
    assert set(answer.json()["errors"]) == {"code"}
    subject = Subject.objects.get()
    assert office.patch(at("subjects", subject), {"name": "Literature"}, format="json").json()["name"] == "Literature"


@pytest.mark.row("T07")
def test_requirements_are_sent_as_text_or_tree_and_come_back_as_both(office):
    before, course = make_course("CSE", "11"), make_course("CSE", "12")
    url = at("courses", course, "requirements")
    body = office.put(url, {"text": "cse11 (C-)"}, format="json").json()
    tree = {"course": str(before.public_id), "min_grade": "C-"}
    expected = {"kind": "prereq", "expression": tree, "text": "CSE 11 (C-)", "words": "CSE 11 with C- or better"}
    assert body["requirements"] == [expected]
    assert office.put(url, {"expression": tree}, format="json").json()["requirements"] == [expected]
    assert office.put(url, {"text": ""}, format="json").json()["requirements"] == []
    section = make_section(course=course)
    body = office.put(
        at("sections", section, "requirements"), {"kind": "antireq", "text": "CSE 11"}, format="json"
    ).json()
    assert [row["kind"] for row in body["requirements"]] == ["antireq"]


@pytest.mark.row("T07")
@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 400),
        ({"text": "CSE 12", "expression": None}, 400),
        ({"text": "CSE 99"}, 400),
        ({"text": "CSE 11 ("}, 400),
        ({"text": "CSE 12"}, 409),
        ({"expression": []}, 400),
        ({"expression": "CSE 11"}, 400),
        ({"expression": {"all": []}}, 400),
        ({"expression": {"any": [1, None]}}, 400),
        ({"expression": {"course": 5}}, 400),
        ({"expression": {"course": "nonsense"}}, 400),
        ({"expression": {"course": "00000000-0000-4000-8000-000000000000"}}, 409),
        ({"expression": {"course": "00000000-0000-4000-8000-00000000000A"}}, 400),
        ({"kind": "other", "text": "CSE 11"}, 400),
        ({"text": "CSE 11", "more": 1}, 400),
        ({"text": "(" * 500}, 400),
        ({"text": "x" * 5001}, 400),
    ],
)
def test_requirements_that_make_no_sense_are_refused(office, data, status):
    make_course("CSE", "11")
    course = make_course("CSE", "12")
    assert refused(office.put(at("courses", course, "requirements"), data, format="json"))[0] == status
    assert not course.requirements.exists()


@pytest.mark.row("T10")
def test_people_are_replaced_as_a_whole(office):
    section, helper = make_section(), make_user()
    url = at("sections", section, "instructors")
    people = [
        {"id": str(ivan().public_id), "role": "instructor", "is_primary": True},
        {"id": str(helper.public_id), "role": "assistant"},
    ]
    body = office.put(url, {"instructors": people}, format="json").json()
    rows = [(row["id"], row["name"], row["role"], row["is_primary"]) for row in body["instructors"]]
    assert rows == [
        (str(ivan().public_id), "Ivan Example", "instructor", True),
        (str(helper.public_id), helper.display_name, "assistant", False),
    ]
    assert refused(office.put(url, {"instructors": people[1:]}, format="json")) == (409, "one_primary")
    assert refused(office.put(url, {"instructors": [people[0]] * 2}, format="json")) == (409, "instructor_twice")
    assert refused(office.put(url, {"instructors": [{"id": "x"}]}, format="json")) == (400, "invalid")
    assert refused(office.put(url, {"instructors": people * 25}, format="json")) == (400, "invalid")
    assert section.section_instructors.count() == 2
    assert office.put(url, {"instructors": []}, format="json").json()["instructors"] == []


@pytest.mark.row("T05")
def test_sections_become_one_class_and_part_again(office):
    one, two, planned = make_section(), make_section(), make_section(status="planned")
    url = at("sections", one, "cross-listing")
    body = office.post(url, {"sections": [str(two.public_id)], "capacity": 50}, format="json").json()
    assert (body["cross_listed_with"], body["combined_capacity"]) == ([str(two.public_id)], 50)
    answer = office.post(url, {"sections": [str(planned.public_id)]}, format="json")
    assert refused(answer) == (409, "cross_listed_already")
    assert office.patch(url, {"capacity": None}, format="json").json()["combined_capacity"] is None
    assert office.delete(url).json()["cross_listed_with"] == []
    assert refused(office.delete(url)) == (409, "not_cross_listed")
    assert refused(office.patch(url, {"capacity": 1}, format="json")) == (409, "not_cross_listed")


def test_a_section_names_only_those_cross_listed_sections_that_the_reader_sees(office):
    one, planned = make_section(), make_section(status="planned")
    operations.cross_list([one, planned], by=None)
    listed = [api.get(at("sections", one)).json()["cross_listed_with"] for api in (as_user(alice()), office)]
    assert listed == [[], [str(planned.public_id)]]


@pytest.mark.row("I05")
@pytest.mark.parametrize("name", ["terms", "subjects", "courses", "sections"])
def test_a_creating_request_with_a_key_is_done_once(office, name):
    days = {"start_date": "2031-09-01", "end_date": "2031-12-19"}
    data = {
        "terms": lambda: {"code": "F31", "name": "Autumn", **days},
        "subjects": lambda: {"code": "LIT", "name": "Letters"},
        "courses": lambda: {"subject": str(make_subject().public_id), "number": "1", "title": "x"},
        "sections": section_data,
    }[name]()
    model = {"terms": Term, "subjects": Subject, "courses": Course, "sections": Section}[name]
    before = model.objects.count()
    first = office.post(at(name), data, format="json", headers={"Idempotency-Key": "k1"})
    again = office.post(at(name), data, format="json", headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert model.objects.count() == before + 1
    other = office.post(at(name), data | {"name": "Other"}, format="json", headers={"Idempotency-Key": "k1"})
    assert refused(other)[0] == 409


@pytest.mark.row("I05")
def test_a_deed_with_a_key_is_done_once_and_a_refusal_is_the_first_answer_again(office):
    section = make_section()
    url = at("sections", section, "close")
    answers = [office.post(url, headers={"Idempotency-Key": "k2"}) for _time in range(2)]
    assert [answer.json()["status"] for answer in answers] == ["closed", "closed"]
    refusals = [refused(office.post(url, headers={"Idempotency-Key": "k3"})) for _time in range(2)]
    assert refusals == [(409, "section_wrong_state")] * 2


def test_lists_filter_and_refuse_what_they_do_not_know():
    one = make_section(course=make_course("CSE", "11", title="Programming"), instructor=ivan(), crn="5001")
    two = make_section(course=make_course("LIT", "1", title="Odes"), status="closed")
    api = as_user()

    def found(name, query):
        answer = api.get(f"/api/v1/{name}/?{query}")
        return {row["id"] for row in answer.json()["results"]} if answer.status_code == 200 else answer.status_code

    ids = {str(one.public_id), str(two.public_id)}
    assert found("sections", f"term={one.term.code}") == ids
    for query in ("subject=cse", "crn=5001", "search=cse%2011", "search=progr", "status=open"):
        assert found("sections", query) == {str(one.public_id)}
    assert found("sections", f"instructor={ivan().public_id}") == {str(one.public_id)}
    assert found("sections", f"course={two.course.public_id}") == {str(two.public_id)}
    assert found("courses", "search=CSE11") == {str(one.course.public_id)}
    assert found("courses", "subject=LIT&number=1") == {str(two.course.public_id)}
    assert found("terms", "on=1999-01-01") == set()
    for query in ("status=x", "course=x", "nonsense=1", "page_size=0", "page_size=201", "cursor=x", "search=%00"):
        assert found("sections", query) == 400
    assert found("terms", "on=yesterday") == 400


def test_lists_are_read_to_the_end_by_following_next():
    course = make_course()
    made = {str(make_section(course=course).public_id) for _number in range(5)}
    api, url, seen = as_user(), "/api/v1/sections/?page_size=2", []
    while url:
        body = api.get(url).json()
        seen += [row["id"] for row in body["results"]]
        url = body["next"]
    assert (len(seen), set(seen)) == (5, made)
