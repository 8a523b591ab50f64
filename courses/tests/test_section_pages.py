"""The pages of sections: each deed done, refused, and kept from strangers."""

import pytest
from django.urls import reverse

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from courses import operations
from courses.models import CrossListGroup, Section
from courses.tests.makers import add_instructor, make_course, make_section, make_term
from courses.tests.test_pages import address, codes_of, said, shown, statuses

pytestmark = pytest.mark.django_db
DEEDS = ["section_open", "section_close", "section_complete", "section_cancel"]
STAFF_ONLY = [*DEEDS, "section_instructors", "section_cross_list", "section_cross_list_end", "section_requirements"]


@pytest.fixture
def office(client):
    client.force_login(rita())
    return client


def teachers(*rows):
    """Return what the form of instructors sends for (person, role) rows."""
    data = {"teaching-TOTAL_FORMS": str(len(rows)), "teaching-INITIAL_FORMS": "0"}
    for number, (person, role) in enumerate(rows):
        data |= {f"teaching-{number}-person": person, f"teaching-{number}-role": role}
    return data


def test_a_planned_section_is_hidden_from_strangers_and_shown_to_those_who_prepare_it(client):
    section, helper = make_section(status="planned", instructor=ivan()), make_user()
    add_instructor(section, helper, role="assistant")
    people = [None, alice(), helper, ivan(), rita()]
    assert statuses(client, address("section_detail", section.public_id), people) == [302, 404, 404, 200, 200]
    assert statuses(client, address("section_edit", section.public_id), people) == [302, 404, 404, 200, 200]


def test_the_page_of_an_open_section_is_for_staff_and_those_who_teach_it(client):
    section, helper = make_section(instructor=ivan()), make_user()
    add_instructor(section, helper, role="assistant")
    people = [None, alice(), oscar(), helper, ivan(), rita()]
    assert statuses(client, address("section_detail", section.public_id), people) == [302, 403, 403, 200, 200, 200]
    assert statuses(client, address("section_edit", section.public_id), people) == [302, 403, 403, 403, 200, 200]


@pytest.mark.row("W06")
@pytest.mark.parametrize("name", STAFF_ONLY)
def test_only_staff_open_the_pages_that_change_a_section(client, name):
    section = make_section(instructor=ivan())
    hidden = make_section(status="planned")
    people = [None, alice(), ivan(), oscar()]
    for method in ("get", "post"):
        assert statuses(client, address(name, section.public_id), people, method) == [302, 403, 403, 403]
        assert statuses(client, address(name, hidden.public_id), people, method) == [302, 404, 404, 404]
    assert statuses(client, address(name, section.public_id), [rita()]) == [200]
    section.refresh_from_db()
    assert section.status == "open"


def test_the_lists_of_sections_are_for_their_readers(client):
    people = [None, alice(), ivan(), rita()]
    assert statuses(client, address("section_list"), people) == [302, 403, 403, 200]
    assert statuses(client, address("section_create"), people) == [302, 403, 403, 200]
    assert statuses(client, address("my_sections"), people) == [302, 200, 200, 200]


@pytest.mark.row("T10")
def test_my_sections_are_those_that_i_teach_and_may_see(client):
    mine = make_section(instructor=ivan())
    prepared = make_section(status="planned", instructor=ivan())
    make_section()
    helped = make_section(status="planned")
    add_instructor(helped, ivan(), role="assistant")
    client.force_login(ivan())
    page = client.get(address("my_sections"))
    assert set(page.context["page_obj"]) == {mine, prepared}
    client.force_login(oscar())
    assert "The sections that you teach stand here once" in client.get(address("my_sections")).content.decode()


@pytest.mark.row("C03", "T04", "W06")
def test_a_section_is_planned_and_led_through_its_states(office):
    course, term = make_course("CSE", "21"), make_term()
    url = f"{address('section_create')}?course=CSE+21&term={term.code}"
    data = shown(office, url)
    assert (data["course"], data["term"]) == ("CSE 21", term.code)
    page = office.post(url, data | {"crn": "10", "section_number": "A", "capacity": "30"}, follow=True)
    section = Section.objects.get()
    assert page.redirect_chain[-1][0] == address("section_detail", section.public_id)
    assert (section.course, section.term, section.capacity, section.status) == (course, term, 30, "planned")
    for deed, status in (("open", "open"), ("close", "closed"), ("open", "open"), ("complete", "completed")):
        url = address(f"section_{deed}", section.public_id)
        assert office.get(url).status_code == 200
        assert office.post(url).status_code == 302
        section.refresh_from_db()
        assert section.status == status
    assert codes_of(office.post(address("section_cancel", section.public_id))) == {"__all__": ["section_wrong_state"]}


@pytest.mark.row("T04")
def test_a_crn_of_the_term_is_refused_and_all_that_was_typed_stays(office):
    section = make_section(crn="777")
    make_course("LIT", "5")
    data = {"course": "lit5", "term": section.term.code, "crn": "777", "section_number": "Z9", "capacity": "31"}
    data |= {"waitlist_mode": "auto", "instructional_method": "online", "description": "Typed text."}
    page = office.post(address("section_create"), data)
    assert codes_of(page) == {"crn": ["crn_taken"]}
    html = page.content.decode()
    assert "The term has a section with the CRN 777 already." in html
    for text in ('value="lit5"', 'value="Z9"', 'value="31"', "Typed text.", '<option value="online" selected>'):
        assert text in html
    assert Section.objects.count() == 1


@pytest.mark.parametrize("typed", ["CSE 99", "CSE 21 or CSE 22", "x\ny", "((", "é" * 30])
def test_a_course_that_is_none_is_refused_on_its_field(office, typed):
    make_course("CSE", "21")
    make_course("CSE", "22")
    page = office.post(address("section_create"), {"course": typed})
    assert codes_of(page)["course"] == ["unknown_course"]


@pytest.mark.parametrize("value", ["-1", "99999999999999999999", "1.5", "many"])
def test_an_impossible_capacity_is_refused_on_its_field(office, value):
    section = make_section(capacity=5)
    url = address("section_edit", section.public_id)
    assert set(codes_of(office.post(url, shown(office, url) | {"capacity": value}))) == {"capacity"}
    section.refresh_from_db()
    assert section.capacity == 5


def test_a_section_is_changed_and_an_overtaken_form_says_so(office):
    section = make_section(capacity=5)
    url = address("section_edit", section.public_id)
    mine = shown(office, url) | {"capacity": "6"}
    operations.change_section(section, by=None, title="Theirs")
    page = office.post(url, mine)
    assert codes_of(page) == {"__all__": ["changed_meanwhile"]}
    assert office.post(url, shown(office, url) | {"capacity": "6"}).status_code == 302
    section.refresh_from_db()
    assert (section.capacity, section.title) == (6, "Theirs")


@pytest.mark.row("C05")
def test_the_window_of_access_is_typed_apart_from_the_window_of_registration(office):
    section = make_section()
    url = address("section_edit", section.public_id)
    typed = {"access_starts_at": "2031-09-01T08:00", "registration_opens_at": "2031-06-01T08:00"}
    assert office.post(url, shown(office, url) | typed).status_code == 302
    section.refresh_from_db()
    assert section.access_starts_at.isoformat() == "2031-09-01T12:00:00+00:00"
    assert section.registration_opens_at.isoformat() == "2031-06-01T12:00:00+00:00"


def test_an_instructor_changes_the_description_and_nothing_else(client):
    section = make_section(capacity=5, instructor=ivan())
    client.force_login(ivan())
    url = address("section_edit", section.public_id)
    assert set(shown(client, url)) == {"description", "seen"}
    client.post(url, shown(client, url) | {"description": "Bring a pen.", "capacity": "99", "crn": "1"})
    before = section.crn
    section.refresh_from_db()
    assert (section.description, section.capacity, section.crn) == ("Bring a pen.", 5, before)


def test_a_cancelled_section_stays_as_it_is(office):
    section = make_section(status="cancelled", instructor=ivan())
    url = address("section_edit", section.public_id)
    assert codes_of(office.post(url, shown(office, url) | {"capacity": "1"})) == {"__all__": ["section_wrong_state"]}
    page = office.get(address("section_detail", section.public_id)).content.decode()
    for name in (*DEEDS, "section_edit", "section_instructors", "section_cross_list"):
        assert f'href="{address(name, section.public_id)}"' not in page


@pytest.mark.row("T10")
def test_people_are_named_by_address_or_name_and_refusals_keep_the_rows(office):
    section = make_section()
    url = address("section_instructors", section.public_id)
    ivan()
    helper = make_user("helper@example.org", given_name="Ada", family_name="Zoltan")
    page = office.post(url, teachers(("ivan@example.org", "instructor"), ("zoltan", "assistant")))
    assert "A section has exactly one instructor of record, whose role is instructor." in page.content.decode()
    assert 'value="zoltan"' in page.content.decode()
    assert not section.section_instructors.exists()
    page = office.post(url, teachers(("nobody@example.org", "record"), ("", "instructor")))
    assert "Nobody has this name or address." in page.content.decode()
    page = office.post(url, teachers(("ivan@example.org", "record"), ("Ivan", "assistant")))
    assert "Name each person once." in page.content.decode()
    assert office.post(url, teachers(("ivan@example.org", "record"), ("ada zol", "assistant"))).status_code == 302
    rows = [(row.instructor, row.role, row.is_primary) for row in section.section_instructors.all()]
    assert rows == [(ivan(), "instructor", True), (helper, "assistant", False)]


@pytest.mark.row("T10")
def test_whoever_saves_over_other_people_is_told_first(office):
    section = make_section(instructor=ivan())
    url = address("section_instructors", section.public_id)
    data = teachers((rita().email, "record")) | {"seen": office.get(url).context["form"]["seen"].value()}
    add_instructor(section, make_user(), role="assistant")
    page = office.post(url, data)
    assert codes_of(page) == {"__all__": ["changed_meanwhile"]}
    assert section.section_instructors.count() == 2
    again = data | {"seen": page.context["form"]["seen"].value()}
    assert office.post(url, again).status_code == 302
    assert [row.instructor for row in section.section_instructors.all()] == [rita()]


@pytest.mark.row("T10")
def test_a_name_that_several_people_have_asks_which_one(office):
    for number in (1, 2):
        make_user(f"twin{number}@example.org", given_name="Sam", family_name="Same")
    page = office.post(
        address("section_instructors", make_section().public_id), teachers(("sam same", "record"))
    ).content.decode()
    assert "Several people fit: Sam Same &lt;twin1@example.org&gt;, Sam Same &lt;twin2@example.org&gt;." in page


@pytest.mark.row("T10")
def test_a_person_is_taken_out_by_the_box_of_the_row(office):
    section = make_section(instructor=ivan())
    add_instructor(section, rita(), role="assistant")
    url = address("section_instructors", section.public_id)
    formset = office.get(url).context["formset"]
    data = {"teaching-TOTAL_FORMS": "2", "teaching-INITIAL_FORMS": "2", "teaching-1-DELETE": "on"}
    for form in list(formset)[:2]:
        data[form.add_prefix("person")] = form["person"].value()
        data[form.add_prefix("role")] = form["role"].value()
    assert office.post(url, data).status_code == 302
    assert [row.instructor for row in section.section_instructors.all()] == [ivan()]


@pytest.mark.parametrize("total", ["", "x", "999999", "9" * 300])
def test_a_broken_form_of_people_changes_nothing(office, total):
    section = make_section(instructor=ivan())
    data = {"teaching-TOTAL_FORMS": total, "teaching-INITIAL_FORMS": "0"}
    assert office.post(address("section_instructors", section.public_id), data).status_code == 200
    assert section.section_instructors.count() == 1


@pytest.mark.row("T05")
def test_sections_become_one_class_and_part_again(office):
    one, two = make_section(crn="1"), make_section(crn="2")
    url = address("section_cross_list", one.public_id)
    page = office.post(url, {"crns": "2, 3", "capacity": "50"})
    assert codes_of(page) == {"crns": ["unknown_crn"]}
    assert "The term has no section with the CRN 3." in page.content.decode()
    assert codes_of(office.post(url, {"crns": "1"})) == {"__all__": ["cross_list_needs_two"]}
    assert office.post(url, {"crns": "2", "capacity": "50"}).status_code == 302
    group = CrossListGroup.objects.get()
    assert (set(group.sections.all()), group.capacity) == ({one, two}, 50)
    assert str(two) in office.get(address("section_detail", one.public_id)).content.decode()
    assert office.post(url, {"capacity": "60"}).status_code == 302
    group.refresh_from_db()
    assert group.capacity == 60
    end = address("section_cross_list_end", one.public_id)
    assert office.get(end).status_code == 200
    assert CrossListGroup.objects.exists()
    page = office.post(end, follow=True)
    assert said(page) == [f"{one} is a class of its own again."]
    assert not CrossListGroup.objects.exists()
    page = office.post(end)
    assert codes_of(page) == {"__all__": ["not_cross_listed"]}
    assert f"{one} is not cross-listed." in page.content.decode()


@pytest.mark.row("T07")
def test_a_section_asks_for_more_than_its_course_and_the_page_shows_both(office):
    make_course("CSE", "11")
    before = make_course("CSE", "8")
    section = make_section()
    operations.set_requirement(section.course, {"course": str(before.public_id)}, by=None)
    url = address("section_requirements", section.public_id)
    assert office.post(url, {"prereq": "CSE 11*", "antireq": ""}).status_code == 302
    page = office.get(address("section_detail", section.public_id)).content.decode()
    assert "CSE 11 (may be taken at the same time)" in page
    assert "CSE 8" in page


@pytest.mark.row("X06")
def test_the_section_page_leads_to_what_its_reader_may_do(client):
    section = make_section(instructor=ivan())
    grader = make_user()
    add_instructor(section, grader, role="grader")
    links = {name: reverse(f"students:{name}", args=[section.public_id]) for name in ("section_detail", "section_line")}
    names = ["section_edit", "section_instructors", "section_cross_list", "section_requirements"]
    links |= {name: address(name, section.public_id) for name in (*names, *DEEDS[1:])}
    found = {}
    for person in (rita(), ivan(), grader):
        client.force_login(person)
        html = client.get(address("section_detail", section.public_id)).content.decode()
        found[person] = {name for name, href in links.items() if f'href="{href}"' in html}
    assert found[rita()] == set(links)
    assert found[ivan()] == {"section_detail", "section_line", "section_edit"}
    assert found[grader] == {"section_detail"}


def test_the_page_of_a_section_does_not_lead_to_a_course_that_its_reader_cannot_open(client):
    section = make_section(status="completed", instructor=ivan(), course=make_course(status="archived"))
    link = f'href="{address("course_detail", section.course.public_id)}"'
    found = []
    for person in (ivan(), rita()):
        client.force_login(person)
        found.append(link in client.get(address("section_detail", section.public_id)).content.decode())
    assert found == [False, True]


def test_the_list_of_sections_filters_by_words_term_state_and_instructor(office):
    one = make_section(course=make_course("CSE", "11"), instructor=ivan(), crn="5001")
    two = make_section(course=make_course("LIT", "1"), status="planned", title="Odes")
    elsewhere = make_section(term=make_term(), course=one.course)

    def found(**query):
        return set(office.get(address("section_list"), query).context["page_obj"])

    assert found() == {one, two, elsewhere}
    assert found(q="cse 11") == {one, elsewhere}
    assert found(q="5001") == {one}
    assert found(q="odes") == {two}
    assert found(term=one.term.code, subject="CSE") == {one}
    assert found(status="planned") == {two}
    assert found(instructor="example ivan") == {one}
    assert found(term="nonsense") == set()
    assert "There are no sections here" in office.get(address("section_list"), {"q": "zzz"}).content.decode()
