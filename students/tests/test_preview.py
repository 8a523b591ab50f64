"""Those who teach a section look at it as a student of it: what is published, read only, nobody's record."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from courses.models import SectionInstructor
from courses.tests.makers import add_instructor
from students.middleware import PREVIEW
from students.models import Enrollment, EnrollmentEvent, StudentProfile
from students.tests.makers import enroll_directly, make_grade_item, make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("A09")]
END = reverse("students:preview_end")


@pytest.fixture
def section():
    section = make_open_section(description="Bring a notebook.")
    add_instructor(section, ivan())
    return section


def page(section, name="section_preview"):
    return reverse(f"students:{name}", args=[section.public_id])


@pytest.fixture
def browser(section):
    """A browser in which Ivan looks at the section as a student."""
    client = Client()
    client.force_login(ivan())
    assert client.post(page(section, "preview_begin"))["Location"] == page(section)
    return client


def test_the_class_page_shows_a_seat_and_no_deed_of_staff(browser, section):
    enroll_directly(make_student(user=alice()), section)
    answer = browser.get(page(section))
    text = answer.text
    for said in ("You look at", "You are enrolled.", "Bring a notebook.", page(section, "section_preview_grades")):
        assert said in text
    forms = {part.split('"')[0] for part in text.split('action="')[1:]}
    assert forms == {END, reverse("account_logout"), reverse("theme")}
    for hidden in ("grade_sheet", "roster", "section_line", "section_rules", "classmates"):
        assert page(section, hidden) not in text
    assert alice().display_name not in text
    assert answer.context["areas"] == []


def test_the_page_of_grades_shows_what_is_posted_alone_and_no_score(browser, section):
    seat = enroll_directly(make_student(user=alice()), section)
    posted = make_grade_item(section, title="Essay", posted=True)
    make_grade_item(section, title="Secret quiz")
    posted.entries.create(enrollment=seat, score=7)
    answer = browser.get(page(section, "section_preview_grades"))
    assert [(seen.item.title, seen.mark.score) for seen in answer.context["grades"].items] == [("Essay", None)]
    assert "Secret quiz" not in answer.text


def test_a_section_that_students_cannot_see_says_so(section):
    section.status = "planned"
    section.save()
    client = Client()
    client.force_login(ivan())
    client.post(page(section, "preview_begin"))
    assert "Students cannot find this section yet" in client.get(page(section)).text


def test_closed_pages_are_as_closed_as_to_students(browser, section):
    section.access_starts_at = section.term.end_date.strftime("%Y-%m-%dT00:00Z")
    section.save()
    text = browser.get(page(section)).text
    assert "Bring a notebook." not in text
    assert page(section, "section_preview_grades") not in text
    assert browser.get(page(section, "section_preview_grades")).status_code == 403


def test_every_other_door_is_shut_meanwhile(browser, section):
    api = reverse("api_enrollment-list")
    asked = [
        browser.get("/"),
        browser.get(page(section, "roster")),
        browser.get(page(section, "section_detail")),
        browser.post(page(section, "section_enroll")),
        browser.post(page(section, "preview_begin")),
        browser.get("/admin/"),
        browser.get(api),
        browser.post(api, {"student": str(ivan().public_id)}, content_type="application/json"),
    ]
    assert [answer.status_code for answer in asked] == [403] * len(asked)
    assert asked[-1].json()["code"] == "preview_forbids"
    assert END in asked[0].text


def test_one_click_ends_it_and_nothing_is_left(browser, section):
    assert browser.post(END)["Location"] == page(section, "section_detail")
    assert browser.get(page(section, "roster")).status_code == 200
    assert browser.get(page(section))["Location"] == page(section, "section_detail")
    assert not Enrollment.objects.exists()
    assert not EnrollmentEvent.objects.exists()
    assert not StudentProfile.objects.filter(user=ivan()).exists()


def test_signing_out_ends_it(browser, section):
    browser.post(reverse("account_logout"))
    browser.force_login(ivan())
    assert PREVIEW not in browser.session
    assert browser.get(page(section, "roster")).status_code == 200


def test_it_ends_with_the_right_to_teach(browser, section):
    SectionInstructor.objects.all().delete()
    assert browser.get(page(section)).status_code == 403


def test_only_those_who_teach_the_section_and_staff_look_so(section):
    helper = make_user("helper@example.com", ["instructor"])
    add_instructor(section, helper, role="assistant")
    section.status = "open"
    section.save()
    answers = {}
    for person in (ivan(), helper, rita(), alice(), oscar()):
        client = Client()
        client.force_login(person)
        answers[person.given_name] = client.post(page(section, "preview_begin")).status_code
    assert answers == {"Ivan": 302, helper.given_name: 302, "Rita": 302, "Alice": 403, "Oscar": 403}
    anonymous = Client().post(page(section, "preview_begin"))
    assert anonymous["Location"].startswith(reverse("account_login"))


def test_a_hidden_section_is_not_found_by_those_who_do_not_teach_it(section):
    section.status = "planned"
    section.save()
    client = Client()
    client.force_login(alice())
    assert client.post(page(section, "preview_begin")).status_code == 404


def test_another_section_is_not_looked_at_on_the_way(browser, section):
    other = make_open_section()
    add_instructor(other, ivan())
    assert browser.get(page(other))["Location"] == page(other, "section_detail")


def test_both_pages_of_a_section_offer_it_to_those_who_teach_it(section):
    client = Client()
    client.force_login(ivan())
    for where in (page(section, "section_detail"), reverse("courses:section_detail", args=[section.public_id])):
        assert page(section, "preview_begin") in client.get(where).text
    client.force_login(alice())
    assert page(section, "preview_begin") not in client.get(page(section, "section_detail")).text
