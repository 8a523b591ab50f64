"""The pages of terms, subjects and courses: each deed done, refused, and kept from strangers."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.tests.makers import alice, ivan, oscar, rita
from courses import operations
from courses.models import Course, Subject, Term
from courses.tests.makers import make_course, make_section, make_subject, make_term

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(rita())
    return client


def address(name, *args):
    return reverse(f"courses:{name}", args=args)


def shown(client, url):
    """Return what the form of a page would send as it is shown."""
    form = client.get(url).context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}


def codes_of(answer, name="form"):
    """Return the codes of the errors by field; the page was shown again."""
    assert answer.status_code == 200
    errors = answer.context[name].errors.get_json_data()
    return {field: [error["code"] for error in found] for field, found in errors.items()}


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def statuses(client, url, people, method="get"):
    """Return what each of the people, None for somebody who is not signed in, is answered."""
    seen = []
    for person in people:
        client.logout()
        if person is not None:
            client.force_login(person)
        seen.append(getattr(client, method)(url).status_code)
    return seen


@pytest.mark.row("C03")
def test_a_draft_is_hidden_from_strangers_and_shown_to_staff(client):
    course = make_course(status="draft")
    people = [None, alice(), ivan(), rita()]
    assert statuses(client, address("course_detail", course.public_id), people) == [404, 404, 404, 200]
    assert statuses(client, address("course_edit", course.public_id), people) == [302, 404, 404, 200]


@pytest.mark.row("W06")
@pytest.mark.parametrize("name", ["course_edit", "course_requirements", "course_publish", "course_archive"])
def test_only_staff_open_the_pages_that_change_a_course(client, name):
    url = address(name, make_course().public_id)
    people = [None, alice(), ivan(), oscar()]
    for method in ("get", "post"):
        assert statuses(client, url, people, method) == [302, 403, 403, 403]
    assert Course.objects.get().status == "published"


@pytest.mark.parametrize("name", ["term_create", "subject_list", "subject_create", "course_create"])
def test_only_staff_open_the_pages_that_keep_the_catalogue(client, name):
    assert statuses(client, address(name), [None, alice(), ivan(), rita()]) == [302, 403, 403, 200]


@pytest.mark.parametrize("maker", [lambda: ("term_edit", make_term()), lambda: ("subject_edit", make_subject())])
def test_only_staff_change_terms_and_subjects(client, maker):
    name, row = maker()
    assert statuses(client, address(name, row.public_id), [None, alice(), ivan(), rita()]) == [302, 403, 403, 200]


def test_a_hidden_term_is_nobodys_business_but_of_staff(client):
    term = make_term(is_published=False)
    assert statuses(client, address("term_edit", term.public_id), [alice(), rita()]) == [404, 200]
    client.force_login(alice())
    assert term.name not in client.get(address("term_list")).content.decode()


@pytest.mark.row("C01", "C02", "W06")
def test_a_course_is_drafted_published_and_archived(office):
    make_subject("BIO")
    data = shown(office, address("course_create")) | {
        "subject": Subject.objects.get().pk,
        "number": "7",
        "title": "Cells",
        "credit_hours_min": "2",
        "credit_hours_max": "4",
    }
    page = office.post(address("course_create"), data, follow=True)
    assert said(page) == ["BIO 7 is saved as a draft; publish it to show it to everybody."]
    course = Course.objects.get()
    for deed, status in (("publish", "published"), ("archive", "archived")):
        url = address(f"course_{deed}", course.public_id)
        assert office.get(url).status_code == 200
        course.refresh_from_db()
        assert course.status != status
        assert office.post(url).status_code == 302
        course.refresh_from_db()
        assert course.status == status


def test_a_refused_course_comes_back_with_all_that_was_typed(office):
    course = make_course("BIO", "7")
    data = {
        "subject": course.subject.pk,
        "number": "7",
        "title": "Typed <b>title</b>",
        "description": "Typed text.",
        "credit_hours_min": "1",
        "credit_hours_max": "5",
    }
    page = office.post(address("course_create"), data)
    assert codes_of(page) == {"number": ["course_code_taken"]}
    html = page.content.decode()
    assert "This subject has a course 7 already." in html
    for text in ("Typed &lt;b&gt;title&lt;/b&gt;", "Typed text.", 'value="5"'):
        assert text in html
    assert Course.objects.count() == 1


@pytest.mark.row("C02")
def test_credit_hours_the_wrong_way_round_are_refused_once(office):
    url = address("course_edit", make_course().public_id)
    page = office.post(url, shown(office, url) | {"credit_hours_min": "4", "credit_hours_max": "2"})
    assert page.content.decode().count("The most credit hours cannot be fewer than the least.") == 1


@pytest.mark.parametrize("value", ["-1", "1000", "x", "1e400", "NaN", "9" * 400])
def test_impossible_credit_hours_are_refused_in_words(office, value):
    url = address("course_edit", make_course().public_id)
    page = office.post(url, shown(office, url) | {"credit_hours_min": value})
    assert set(codes_of(page)) >= {"credit_hours_min"}


def test_whoever_saves_over_somebody_elses_change_is_told_first(office):
    course = make_course()
    url = address("course_edit", course.public_id)
    mine = shown(office, url) | {"title": "Mine"}
    operations.change_course(course, by=None, title="Theirs", description="Also theirs.")
    page = office.post(url, mine)
    assert codes_of(page) == {"__all__": ["changed_meanwhile"]}
    assert 'value="Mine"' in page.content.decode()
    office.post(url, mine | {"seen": page.context["form"]["seen"].value()})
    course.refresh_from_db()
    assert course.title == "Mine"


@pytest.mark.row("C03")
def test_a_course_with_living_sections_is_not_archived_and_the_page_says_why(office):
    section = make_section()
    page = office.post(address("course_archive", section.course.public_id))
    assert codes_of(page) == {"__all__": ["course_has_sections"]}
    assert f"{section.course.code} has sections that are planned or taught." in page.content.decode()


def test_a_deed_that_came_too_late_says_so_on_its_page(office):
    url = address("course_publish", make_course().public_id)
    assert "this is not possible now" in office.get(url).content.decode()
    assert codes_of(office.post(url)) == {"__all__": ["course_wrong_state"]}


@pytest.mark.row("T07")
def test_requirements_are_typed_refused_with_the_line_and_saved(office):
    make_course("CSE", "11")
    course = make_course("CSE", "12")
    url = address("course_requirements", course.public_id)
    page = office.post(url, {"prereq": "CSE 11\nCSE 99", "antireq": ""})
    assert set(codes_of(page)) == {"prereq"}
    assert "Line 2: “CSE 99” is not a course of the catalogue." in page.content.decode()
    assert "CSE 11\nCSE 99" in page.content.decode()
    assert not course.requirements.exists()
    assert office.post(url, {"prereq": "cse 11 (c-)", "antireq": ""}).status_code == 302
    page = office.get(address("course_detail", course.public_id))
    assert "CSE 11 with C- or better" in page.content.decode()
    assert office.post(url, {"prereq": "", "antireq": "CSE 11"}).status_code == 302
    assert [row.kind for row in course.requirements.all()] == ["antireq"]


@pytest.mark.row("T07")
def test_requirements_that_somebody_else_changed_meanwhile_are_not_overwritten_unseen(office):
    first, course = make_course("CSE", "11"), make_course("CSE", "12")
    url = address("course_requirements", course.public_id)
    data = shown(office, url) | {"prereq": ""}
    operations.set_requirement(course, {"course": str(first.public_id)}, by=None)
    page = office.post(url, data)
    assert codes_of(page) == {"__all__": ["changed_meanwhile"]}
    assert course.requirements.count() == 1
    assert office.post(url, data | {"seen": page.context["form"]["seen"].value()}).status_code == 302
    assert not course.requirements.exists()


@pytest.mark.row("T07")
def test_a_requirement_that_leads_back_stays_on_the_page_with_its_reason(office):
    first, second = make_course("CSE", "11"), make_course("CSE", "12")
    operations.set_requirement(second, {"course": str(first.public_id)}, by=None)
    url = address("course_requirements", first.public_id)
    page = office.post(url, {"prereq": "CSE 12", "antireq": ""})
    assert codes_of(page) == {"__all__": ["requirement_cycle"]}
    assert "CSE 11 would have to be taken before itself." in page.content.decode()


@pytest.mark.row("T01", "T02")
def test_a_term_is_made_and_one_that_crosses_it_is_refused(office):
    data = {"code": "F31", "name": "Autumn 2031", "kind": "semester", "start_date": "2031-09-01"}
    data |= {"end_date": "2031-12-19", "is_published": "on", "registration_opens_at": "2031-06-01T08:00"}
    assert office.post(address("term_create"), data).status_code == 302
    term = Term.objects.get()
    # Eight o'clock on the campus, whatever zone the registrar lives in.
    assert term.registration_opens_at == datetime(2031, 6, 1, 12, tzinfo=UTC)
    page = office.post(
        address("term_create"), data | {"code": "G31", "start_date": "2031-12-19", "end_date": "2032-1-9"}
    )
    assert "Another term of this kind covers some of these days." in page.content.decode()
    assert 'value="G31"' in page.content.decode()
    url = address("term_edit", term.public_id)
    assert office.post(url, shown(office, url) | {"name": "Fall"}).status_code == 302
    term.refresh_from_db()
    assert (term.name, term.registration_opens_at) == ("Fall", datetime(2031, 6, 1, 12, tzinfo=UTC))


@pytest.mark.row("X02")
def test_a_moment_that_the_clock_skips_is_refused(office):
    data = {"code": "S31", "name": "Spring", "kind": "semester", "start_date": "2031-03-01", "end_date": "2031-05-01"}
    page = office.post(address("term_create"), data | {"add_deadline": "2031-03-09T02:30"})
    assert codes_of(page) == {"add_deadline": ["gap"]}


@pytest.mark.parametrize("value", ["2031-13-01", "31.12.2031", "0000-00-00", "99999-01-01", "x" * 500])
def test_days_that_are_none_are_refused(office, value):
    data = {"code": "S31", "name": "Spring", "kind": "semester", "start_date": value, "end_date": "2031-05-01"}
    assert "start_date" in codes_of(office.post(address("term_create"), data))


def test_a_subject_is_made_and_a_second_of_its_code_is_refused(office):
    assert office.post(address("subject_create"), {"code": "LIT", "name": "Literature"}).status_code == 302
    page = office.post(address("subject_create"), {"code": "LIT", "name": "Again"})
    assert set(codes_of(page)) == {"code"}
    assert Subject.objects.count() == 1
    url = address("subject_edit", Subject.objects.get().public_id)
    assert office.post(url, shown(office, url) | {"code": "LETT"}).status_code == 302
    assert Subject.objects.get().code == "LETT"


def test_the_catalogue_filters_by_subject_state_and_words(office):
    make_course("CSE", "11", title="Programming")
    make_course("CSE", "12", title="Algorithms", status="draft")
    make_course("LIT", "1", title="Programming poems")

    def found(**query):
        page = office.get(address("course_list"), query)
        return [course.code for course in page.context["page_obj"]]

    assert found(q="programming") == ["CSE 11", "LIT 1"]
    assert found(q="programming", subject="CSE") == ["CSE 11"]
    assert found(status="draft") == ["CSE 12"]
    assert found(subject="nonsense") == []
    assert found(page="999") == ["CSE 11", "CSE 12", "LIT 1"]
    assert found(page="x" * 300) == ["CSE 11", "CSE 12", "LIT 1"]
    assert "No course matches" in office.get(address("course_list"), {"q": "zzz"}).content.decode()


@pytest.mark.row("X06")
def test_staff_find_every_page_of_the_catalogue_from_its_lists(office):
    course = make_course()
    lists = office.get(address("course_list")).content.decode()
    for name in ("course_create", "subject_list", "term_list"):
        assert f'href="{address(name)}"' in lists
    assert f'href="{address("term_create")}"' in office.get(address("term_list")).content.decode()
    assert f'href="{address("subject_create")}"' in office.get(address("subject_list")).content.decode()
    page = office.get(address("course_detail", course.public_id)).content.decode()
    for name in ("course_edit", "course_requirements", "course_archive"):
        assert f'href="{address(name, course.public_id)}"' in page
    assert f'href="{address("section_create")}?course=' in page


def test_nobody_else_is_offered_what_is_for_staff(client):
    course = make_course()
    client.force_login(alice())
    for url in (address("course_list"), address("course_detail", course.public_id), address("term_list")):
        html = client.get(url).content.decode()
        assert "/edit/" not in html
        assert "/new/" not in html
